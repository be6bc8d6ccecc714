// Makes vectors.json: webhooks as Twilio posts them, signed by Twilio's own
// helper library for Node, which shares no code with ours. To run it again:
//
//	dir=$(mktemp -d) && npm install --prefix "$dir" twilio@6.2.0
//	NODE_PATH="$dir/node_modules" node make-vectors.js > vectors.json
//
// Everything is derived from the names below: the output is the same every time.
"use strict";
const { createHash } = require("crypto");
const { getExpectedTwilioSignature } = require("twilio");

const account = "AC" + "d".repeat(32);
const token = "demo-auth-token";
const shortCode = "41430";
const hooks = `https://placet.example/hooks/twilio/${account}`;

const sid = (prefix, name) => prefix + createHash("md5").update(name).digest("hex");
const encode = (pairs) => new URLSearchParams(pairs).toString();

function vector(name, url, params, change = {}) {
  const signature = getExpectedTwilioSignature(change.token ?? token, change.signedURL ?? url, params);
  const headers = {
    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    "User-Agent": "TwilioProxy/1.1",
    "Accept": "*/*",
    "I-Twilio-Idempotency-Token": sid("", "idempotency " + name).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    "X-Twilio-Signature": change.signature ? change.signature(signature) : signature,
  };
  if (headers["X-Twilio-Signature"] === null) delete headers["X-Twilio-Signature"];
  return {
    name, url, method: "POST", headers,
    body: change.body ? change.body(encode(params)) : encode(params),
    valid: Object.keys(change).length === 0,
  };
}

const countries = {
  IT: { FromCity: "", FromState: "", FromZip: "" },
  FR: { FromCity: "", FromState: "", FromZip: "" },
  BG: { FromCity: "", FromState: "", FromZip: "" },
  US: { FromCity: "WASHINGTON", FromState: "DC", FromZip: "20004" },
};

function text(name, from, country, body, extra = {}) {
  const message = sid("SM", name);
  return {
    ToCountry: "IT", ToState: "", SmsMessageSid: message, NumMedia: "0", ToCity: "",
    FromZip: countries[country].FromZip, SmsSid: message, FromState: countries[country].FromState,
    SmsStatus: "received", FromCity: countries[country].FromCity, Body: body, FromCountry: country,
    To: shortCode, ToZip: "", NumSegments: "1", MessageSid: message, AccountSid: account, From: from,
    ApiVersion: "2010-04-01", ...extra,
  };
}

function status(name, to, state, extra = {}) {
  const message = sid("SM", name);
  return {
    SmsSid: message, SmsStatus: state, MessageStatus: state, To: to, MessageSid: message,
    AccountSid: account, From: shortCode, ApiVersion: "2010-04-01", ...extra,
  };
}

const people = [
  ["anna", "+393391100001", "IT"],
  ["claire", "+33639980001", "FR"],
  ["boris", "+359888110001", "BG"],
  ["dana", "+12025550143", "US"],
];
const words = [["card", "CARTA 123456"], ["yes", "SI"], ["stop", "STOP"], ["join", "OFFERTE"], ["help", "AIUTO"]];

const out = [];
for (const [who, from, country] of people) {
  for (const [step, body] of words) {
    out.push(vector(`${who}-${step}`, `${hooks}/sms`, text(`${who}-${step}`, from, country, body)));
  }
}

const wild = {
  accents: "Sì, perché no? È già così: àèéìòù",
  cyrillic: "КАРТА 123456 да, моля",
  emoji: "STOP 🛑👩‍👩‍👧‍👦",
  plus: "1+1=2 & SI+NO ++",
  ampersand: "Body=STOP&From=+390000 %41%2B;=",
  newlines: "basta\nmessaggi\r\ngrazie",
  spaces: "  CARTA   123456  ",
  quotes: `"STOP" 'stop' <b>stop</b> \\`,
  empty: "",
  combining: "Si\u0300 e\u0301",
};
for (const [name, body] of Object.entries(wild)) {
  out.push(vector(`wild-${name}`, `${hooks}/sms`, text(`wild-${name}`, "+393391100002", "IT", body)));
}

out.push(vector("extra-unknown", `${hooks}/sms`, text("extra-unknown", "+393391100003", "IT", "SI", {
  MessagingServiceSid: sid("MG", "service"), ChannelMetadata: '{"type":"sms","data":{}}', ZNeverSeen: "x y+z", aLower: "1", From_: "", Fromage: "brie",
})));
out.push(vector("opt-out-type", `${hooks}/sms`, text("opt-out-type", "+393391100003", "IT", "STOP", {
  MessagingServiceSid: sid("MG", "service"), OptOutType: "STOP",
})));
out.push(vector("media", `${hooks}/sms`, text("media", "+12025550143", "US", "CARD 123456", {
  NumMedia: "1", MediaContentType0: "image/jpeg", MediaUrl0: "https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME",
})));
out.push(vector("port-in-url", "https://placet.example:8443/hooks/twilio/" + account + "/sms", text("port-in-url", "+393391100003", "IT", "SI")));

const attempt = "?attempt=3vQ7x0Zr-8_kT1mN5pYc2A";
for (const [state, extra] of [
  ["sent", {}], ["delivered", { RawDlrDoneDate: "2611211005" }], ["read", {}],
  ["undelivered", { ErrorCode: "30005" }], ["failed", { ErrorCode: "21610" }],
  ["failed", { ErrorCode: "21614" }], ["failed", { ErrorCode: "30007" }], ["canceled", {}], ["from_the_future", {}],
]) {
  const name = "status-" + state + (extra.ErrorCode ? "-" + extra.ErrorCode : "");
  out.push(vector(name, `${hooks}/status${attempt}`, status(name, "+393391100001", state, extra)));
}
out.push(vector("status-query-escaped", `${hooks}/status?attempt=a%2Bb%2Fc%3D%3D&x=%20`, status("status-query-escaped", "+393391100001", "delivered")));

const t = () => text("forged", "+393391100001", "IT", "SI");
const s = () => status("forged", "+393391100001", "delivered");
out.push(vector("forged-token", `${hooks}/sms`, t(), { token: "another-auth-token" }));
out.push(vector("forged-empty-token", `${hooks}/sms`, t(), { token: "" }));
out.push(vector("forged-host", `${hooks}/sms`, t(), { signedURL: hooks.replace("placet.example", "127.0.0.1:8080") + "/sms" }));
out.push(vector("forged-scheme", `${hooks}/sms`, t(), { signedURL: hooks.replace("https:", "http:") + "/sms" }));
out.push(vector("forged-path", `${hooks}/sms`, t(), { signedURL: `${hooks}/status` }));
out.push(vector("forged-query", `${hooks}/status${attempt}`, s(), { signedURL: `${hooks}/status?attempt=another` }));
out.push(vector("forged-query-dropped", `${hooks}/status${attempt}`, s(), { signedURL: `${hooks}/status` }));
out.push(vector("forged-body", `${hooks}/sms`, t(), { body: (b) => b.replace("Body=SI", "Body=NO") }));
out.push(vector("forged-from", `${hooks}/sms`, t(), { body: (b) => b.replace("393391100001", "393391100009") }));
out.push(vector("forged-added", `${hooks}/sms`, t(), { body: (b) => b + "&OptOutType=START" }));
out.push(vector("forged-removed", `${hooks}/sms`, t(), { body: (b) => b.replace("&ApiVersion=2010-04-01", "") }));
out.push(vector("forged-repeated", `${hooks}/sms`, t(), { body: (b) => b + "&Body=STOP" }));
out.push(vector("forged-repeated-same", `${hooks}/sms`, t(), { body: (b) => b + "&Body=SI" }));
out.push(vector("forged-missing", `${hooks}/sms`, t(), { signature: () => null }));
out.push(vector("forged-blank", `${hooks}/sms`, t(), { signature: () => "" }));
out.push(vector("forged-truncated", `${hooks}/sms`, t(), { signature: (x) => x.slice(0, -2) }));
out.push(vector("forged-case", `${hooks}/sms`, t(), { signature: (x) => x.toLowerCase() + "A" }));
out.push(vector("forged-padded", `${hooks}/sms`, t(), { signature: (x) => x + " " }));

process.stdout.write(JSON.stringify(out, null, 1) + "\n");
