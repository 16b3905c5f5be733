// The README's calls through a client that is generated from /openapi.json. No cast, no `any`: it compiles strictly.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

const [url = "", key = ""] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${key}` } });

const one = await client.POST("/v1/qa", { body: { question: "Where was Marie Curie born?", context: "Marie Curie was born in Warsaw." } });
if (one.error) throw new Error(one.error.error.message);
const answer: string = one.data.answer;
const [start, score]: [number, number] = [one.data.start, one.data.score];

const many = await client.POST("/v1/qa#many", { body: { question: ["Who?", "Where?"], context: ["Ada wrote it.", "It is in Ely."] } });
const answers: string[] = (many.data?.results ?? []).map((result) => result.answer);

const vectors = await client.POST("/v1/embeddings", { body: { input: ["A lake.", "A sea."], dimensions: 8 } });
const lengths = (vectors.data?.data ?? []).map(({ embedding }) => embedding.length);

const models = await client.GET("/v1/models");
const ids: string[] = (models.data?.data ?? []).map((model: components["schemas"]["Model"]) => model.id);
const about = await client.GET("/v1/models/{id}", { params: { path: { id: "qa" } } });
const languages: string[] | undefined = about.data?.languages;

const refused = await client.POST("/v1/qa", { body: { question: " ", context: "Ada." } });
const message: string | undefined = refused.error?.error.message;

console.log(JSON.stringify({ answer, start, score, answers, lengths, ids, languages, message }));
