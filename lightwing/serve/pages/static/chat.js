"use strict";
// A conversation with one assistant. What comes is only ever set as text.
(() => {
  const form = document.getElementById("chat");
  if (!form) return;
  const words = form.dataset;
  const log = document.getElementById("log");
  const say = document.getElementById("say");
  const send = document.getElementById("send");
  const symbols = { verified: "✓", checked: "✓", not_met: "✗", abstained: "○" };
  let messages = [];

  function put(parent, tag, text, kind) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (kind) made.className = kind;
    parent.append(made);
    return made;
  }

  function turn(who, text, kind) {
    const box = put(log, "article", "", kind);
    put(box, "h3", who);
    const body = put(box, "div", text, "said");
    box.scrollIntoView({ block: "nearest" });
    return { box, body };
  }

  function told(box, found) {
    const line = put(box, "p", "", "told");
    put(line, "span", `${symbols[found.status] ?? ""} ${words[found.status] ?? found.status}`, `badge ${found.status}`);
    const choice = found.choices[0];
    const first = choice.actions.indexOf("resample");
    const deeds = choice.actions.filter((name, at) => name !== "accept" && name !== "abstain" && at !== first);
    const named = deeds.map((name) => words[name] ?? name).join(", ");
    const price = found.price === null ? words.unknown : Number(found.price.toPrecision(6));
    const mended = named ? `${words.done} ${named}` : words.none;
    put(line, "span", ` · ${mended} · ${found.calls + found.judge_calls} ${words.calls} · ${words.price} ${price} · `);
    const link = put(line, "a", words.trace);
    link.href = `/traces/${encodeURIComponent(choice.trace)}`;
    if (choice.failed.length) {
      const list = put(box, "ul", "", "failed");
      for (const each of choice.failed) put(list, "li", `✗ ${each.clause} ${each.text} – ${each.reason}`);
    }
  }

  async function* events(answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      held += value;
      const whole = held.split("\n\n");
      held = whole.pop();
      for (const each of whole) {
        if (each.startsWith("data: ") && each !== "data: [DONE]") yield JSON.parse(each.slice(6));
      }
    }
  }

  async function ask(text) {
    turn(words.you, text, "mine");
    messages.push({ role: "user", content: text });
    const { box, body } = turn(words.it, words.wait, "its");
    let said = "";
    try {
      const headers = { "content-type": "application/json", "x-lightwing-token": words.token };
      const answer = await fetch(words.to, { method: "POST", headers, body: JSON.stringify({ messages }) });
      if (!answer.ok) {
        const kind = answer.headers.get("content-type") ?? "";
        throw new Error(kind.includes("json") ? (await answer.json()).error.message : `${answer.status}`);
      }
      for await (const event of events(answer)) {
        if (event.error) throw new Error(event.error.message);
        const piece = event.choices?.[0]?.delta?.content;
        if (piece) {
          said += piece;
          body.textContent = said;
        }
        for (const call of event.choices?.[0]?.delta?.tool_calls ?? []) {
          put(box, "pre", `${call.function.name}(${call.function.arguments})`);
        }
        if (event.lightwing) told(box, event.lightwing);
      }
      if (!said) body.textContent = "";
      messages.push({ role: "assistant", content: said });
    } catch (error) {
      body.textContent = said;
      put(box, "p", error.message || words.failed, "alert");
      messages.pop();
    }
    box.scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = say.value.trim();
    if (!text || send.disabled) return;
    say.value = "";
    send.disabled = true;
    await ask(text);
    send.disabled = false;
    say.focus();
  });
  say.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  document.getElementById("clear").addEventListener("click", () => {
    messages = [];
    log.replaceChildren();
    say.focus();
  });
})();
