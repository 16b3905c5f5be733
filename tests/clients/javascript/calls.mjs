// Makes calls with OpenAI's SDK and Vercel's AI SDK: `node calls.mjs URL KEY`. Prints what they got, as JSON.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, cosineSimilarity, embed, embedMany } from "ai";
import OpenAI from "openai";

const [url, key] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
const texts = ["A boat crossed the lake.", "A ship sailed over the water.", "The bank raised its rates."];

// The SDK asks for base64 unless it is told otherwise.
const packed = await client.embeddings.create({ model: "embeddings", input: texts });
const plain = await client.embeddings.create({ model: "embeddings", input: texts, encoding_format: "float" });
const short = await client.embeddings.create({ model: "embeddings", input: texts[0], dimensions: 8 });
const listed = [];
for await (const model of client.models.list()) listed.push(model.id);

async function refused(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { kind: error.constructor.name, status: error.status, code: error.code, param: error.param };
  }
}

const provider = createOpenAICompatible({ name: "router", baseURL: `${url}/v1`, apiKey: key });
const model = provider.embeddingModel("embeddings");
const many = await embedMany({ model, values: texts, maxParallelCalls: 2 });
const one = await embed({ model, value: texts[0] });
let refusedByRouter = null;
try {
  await embed({ model: provider.embeddingModel("gpt"), value: "a", maxRetries: 0 });
} catch (error) {
  refusedByRouter = { isCallError: APICallError.isInstance(error), status: error.statusCode, message: error.message };
}

console.log(
  JSON.stringify({
    lengths: packed.data.map((item) => item.embedding.length),
    furthest: Math.max(...packed.data[2].embedding.map((value, i) => Math.abs(value - plain.data[2].embedding[i]))),
    short: short.data[0].embedding.length,
    tokens: packed.usage.total_tokens,
    listed,
    unknown: await refused(() => client.embeddings.create({ model: "gpt", input: "a" })),
    empty: await refused(() => client.embeddings.create({ model: "embeddings", input: "" })),
    stranger: await refused(() => new OpenAI({ baseURL: `${url}/v1`, apiKey: "wrong" }).models.list()),
    many: many.embeddings.map((vector) => vector.length),
    manyTokens: many.usage.tokens,
    near: cosineSimilarity(many.embeddings[0], many.embeddings[1]),
    far: cosineSimilarity(many.embeddings[0], many.embeddings[2]),
    same: cosineSimilarity(one.embedding, many.embeddings[0]),
    refusedByRouter,
  }),
);
