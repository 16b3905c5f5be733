// A page of another origin that embeds with OpenAI's SDK; the test bundles it. `window.ask(url, key)` says what came of it.
import OpenAI from "openai";

window.ask = async (url, key) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, dangerouslyAllowBrowser: true, maxRetries: 0 });
  try {
    const { data, response } = await client.embeddings.create({ model: "embeddings", input: "A lake." }).withResponse();
    return { length: data.data[0].embedding.length, model: response.headers.get("x-model") };
  } catch (error) {
    return { kind: error.constructor.name, status: error.status ?? null };
  }
};
