"use strict";
const $ = (id) => document.getElementById(id);

function element(tag, content, name, attributes = {}) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...[content ?? []].flat());
  return made;
}

function headers(key) {
  if (/[^\0-\xff]/.test(key)) throw new Error("This API key has characters that a header cannot carry. Copy it again.");
  return { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) };
}

async function send(path, body, { key = "", signal, method } = {}) {
  const began = performance.now();
  const request = new Request(path, { method: method ?? (body ? "POST" : "GET"), headers: headers(key), body: body && JSON.stringify(body), signal });
  const response = await fetch(request).catch((error) => {
    throw error.name === "AbortError" ? error : new Error("The server cannot be reached. Try again in a moment.");
  });
  const answer = await response.json().catch(() => ({}));
  const said = (name) => response.headers.get(name);
  const facts = {
    model: said("x-model"), cold: said("x-cold-start"), truncated: said("x-truncated"), tokens: said("x-tokens"),
    phases: [...(said("server-timing") ?? "").matchAll(/([\w-]+);dur=([\d.]+)/g)].map(([, name, ms]) => [name, Number(ms)]),
    ms: performance.now() - began,
  };
  if (response.ok) return { answer, facts };
  const message = answer.error?.message ?? answer.error ?? `The server answered with status ${response.status}.`;
  throw Object.assign(new Error(message), { status: response.status, wait: said("retry-after"), request: said("x-request-id") });
}

function problem(error) {
  const about = [error.status && `status ${error.status}`, error.wait && `try again in ${error.wait} s`, error.request && `request ${error.request}`];
  return element("div", [element("b", error.message), about.filter(Boolean).join(" · ")], "problem");
}

// A value as Python writes it: JSON but for three words.
function python(value) {
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (value && typeof value === "object") return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${python(one)}`).join(", ")}}`;
  return typeof value === "string" || typeof value === "number" ? JSON.stringify(value) : { null: "None", true: "True", false: "False" }[value];
}

// The same request in four languages. A key stays out of them: it is read from the environment.
function samples(path, body, { key, openai, method = "POST" }) {
  const url = new URL(path, location).href;
  const sent = body && JSON.stringify(body);
  const quoted = sent && `'${sent.replaceAll("'", `'\\''`)}'`;
  const made = {
    curl: `curl ${url}${key ? ` -H "authorization: Bearer $MODEL_ROUTER_KEY"` : ""}${sent ? ` -H 'content-type: application/json' \\\n  -d ${quoted}` : ""}`,
    Python: [
      `import json${key ? ", os" : ""}, urllib.request`, "",
      ...(sent ? [`body = ${python(body)}`] : []),
      "request = urllib.request.Request(", `    ${JSON.stringify(url)},`,
      ...(sent ? ["    data=json.dumps(body).encode(),"] : []),
      `    headers={"content-type": "application/json"${key ? ', "authorization": "Bearer " + os.environ["MODEL_ROUTER_KEY"]' : ""}},`, ")",
      "print(json.load(urllib.request.urlopen(request)))",
    ].join("\n"),
    JavaScript: [
      `const response = await fetch(${JSON.stringify(url)}, {`, `  method: "${method}",`,
      `  headers: { "content-type": "application/json"${key ? ", authorization: `Bearer ${process.env.MODEL_ROUTER_KEY}`" : ""} },`,
      ...(sent ? [`  body: JSON.stringify(${sent}),`] : []), "});", "console.log(JSON.stringify(await response.json()));",
    ].join("\n"),
  };
  const [base, route] = url.split(/(?<=\/v1)(?=\/)/);
  if (!route || !sent) return made;
  const call = openai
    ? `client.${openai}(${Object.entries(body).map(([name, value]) => `${name}=${python(value)}`).join(", ")})`
    : `client.post(${JSON.stringify(route)}, body=${python(body)}, cast_to=object)`;
  made["OpenAI SDK"] = [
    ...(key ? ["import os"] : []), "from openai import OpenAI", "",
    `client = OpenAI(base_url=${JSON.stringify(base)}, api_key=${key ? 'os.environ["MODEL_ROUTER_KEY"]' : '"none"'})`, `print(${call})`,
  ].join("\n");
  return made;
}

let tabs = 0;

function codeTabs(codes) {
  const group = `code-${++tabs}`;
  const panel = element("pre", [], "", { role: "tabpanel", id: group, tabindex: "0" });
  const buttons = Object.keys(codes).map((name) => element("button", name, "", { type: "button", role: "tab", id: `${group}-${name.replace(" ", "-")}`, "aria-controls": group }));
  const choose = (chosen) => {
    for (const button of buttons) {
      button.setAttribute("aria-selected", button === chosen);
      button.tabIndex = button === chosen ? 0 : -1;
    }
    panel.textContent = codes[chosen.textContent];
    panel.setAttribute("aria-labelledby", chosen.id);
  };
  buttons.forEach((button, i) => {
    button.addEventListener("click", () => choose(button));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = buttons.at((i + step) % buttons.length);
      choose(next);
      next.focus();
    });
  });
  choose(buttons[0]);
  const list = element("div", buttons, "", { role: "tablist", "aria-label": "The same request as code" });
  return element("div", [element("div", [list, copyButton(() => panel.textContent, panel)], "tabs"), panel], "code");
}

function copyButton(text, shown) {
  const button = element("button", "Copy", "plain copy", { type: "button" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      // Without https a page has no clipboard: mark the text, so that one key copies it.
      getSelection().selectAllChildren(shown);
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  return button;
}

const nameOf = (schema) => schema?.$ref?.split("/").pop();
const resolved = (api, schema) => (schema?.$ref ? api.components.schemas[nameOf(schema)] : schema ?? {});
// The branch that is not null of a field that may be null.
function plain(api, schema) {
  const own = resolved(api, schema);
  const branch = (own.anyOf ?? []).find((one) => one.type !== "null");
  return branch ? { ...resolved(api, branch), description: own.description ?? branch.description } : own;
}
