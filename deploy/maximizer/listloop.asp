<%@ Language="JScript" CodePage="65001" %>
<%
// Listloop inside Maximizer: put this file on an IIS with Windows Authentication that your users reach (on-premise the
// one of Web Access), and fill in the four lines below. Custom tabs and menu links of Maximizer lead to it; it signs a
// link for whoever is signed in to Windows, and leads the frame to Listloop. Nobody signs in twice.
// The key stays on this server: it is never written into the page.
var LISTLOOP = "https://listloop.example.com";  // the public address of your Listloop
var PANEL_KEY = "";                             // from Listloop: Settings, Inside the CRM, Make a key
var CONNECTION = "";                            // the number of the connection; empty where there is only one
var MAIL = "@example.com";                      // what makes an e-mail address of a Windows user name

// --- signing: begin (plain JScript, tried in a browser by Listloop's own tests)
function utf8(text) {
  var escaped = encodeURIComponent(text), bytes = [];
  for (var at = 0; at < escaped.length; at++) {
    if (escaped.charAt(at) === "%") {
      bytes.push(parseInt(escaped.substr(at + 1, 2), 16));
      at += 2;
    } else {
      bytes.push(escaped.charCodeAt(at));
    }
  }
  return bytes;
}

function primes(power, count) {
  var found = [];
  for (var candidate = 2; found.length < count; candidate++) {
    var isPrime = true;
    for (var divisor = 2; divisor * divisor <= candidate; divisor++) {
      if (candidate % divisor === 0) { isPrime = false; break; }
    }
    if (isPrime) {
      var root = Math.pow(candidate, power);
      found.push(((root - Math.floor(root)) * 4294967296) | 0);
    }
  }
  return found;
}

function sha256(bytes) {
  var state = primes(1 / 2, 8), constants = primes(1 / 3, 64), length = bytes.length;
  var padded = bytes.concat([128]);
  while (padded.length % 64 !== 56) { padded.push(0); }
  for (var shift = 56; shift >= 0; shift -= 8) { padded.push(shift > 24 ? 0 : ((length * 8) >>> shift) & 255); }
  for (var block = 0; block < padded.length; block += 64) {
    var w = [], a = state.slice(0), at;
    for (at = 0; at < 64; at++) {
      if (at < 16) {
        var p = block + at * 4;
        w[at] = (padded[p] << 24) | (padded[p + 1] << 16) | (padded[p + 2] << 8) | padded[p + 3];
      } else {
        var x = w[at - 15], y = w[at - 2];
        var s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3), s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
        w[at] = (w[at - 16] + s0 + w[at - 7] + s1) | 0;
      }
      var big1 = turn(a[4], 6) ^ turn(a[4], 11) ^ turn(a[4], 25), choice = (a[4] & a[5]) ^ (~a[4] & a[6]);
      var one = (a[7] + big1 + choice + constants[at] + w[at]) | 0;
      var big0 = turn(a[0], 2) ^ turn(a[0], 13) ^ turn(a[0], 22);
      var two = (big0 + ((a[0] & a[1]) ^ (a[0] & a[2]) ^ (a[1] & a[2]))) | 0;
      a = [(one + two) | 0, a[0], a[1], a[2], (a[3] + one) | 0, a[4], a[5], a[6]];
    }
    for (at = 0; at < 8; at++) { state[at] = (state[at] + a[at]) | 0; }
  }
  var out = [];
  for (var word = 0; word < 8; word++) {
    for (var by = 24; by >= 0; by -= 8) { out.push((state[word] >>> by) & 255); }
  }
  return out;
}

function turn(value, by) { return (value >>> by) | (value << (32 - by)); }

function hmac(key, text) {
  var secret = utf8(key), inner = [], outer = [];
  if (secret.length > 64) { secret = sha256(secret); }
  for (var at = 0; at < 64; at++) {
    inner.push((secret[at] || 0) ^ 54);
    outer.push((secret[at] || 0) ^ 92);
  }
  var digest = sha256(outer.concat(sha256(inner.concat(utf8(text))))), hex = "";
  for (var byte_ = 0; byte_ < 32; byte_++) { hex += (digest[byte_] < 16 ? "0" : "") + digest[byte_].toString(16); }
  return hex;
}

function panelLink(base, key, path, connection, record, user, now) {
  var until = String(Math.floor(now / 1000) + 600);
  var signature = hmac(key, [path, connection, record, user, until].join("\n"));
  return base + path + "?connection=" + encodeURIComponent(connection) + "&record=" + encodeURIComponent(record) +
    "&user=" + encodeURIComponent(user) + "&until=" + until + "&signature=" + signature;
}
// --- signing: end

// --- keys: begin (Maximizer hands over the key of the entry: base64 of kind, ID and number, with tabs between)
function bytesOf(text) {
  var letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", out = "", held = 0, bits = 0;
  for (var at = 0; at < text.length; at++) {
    var value = letters.indexOf(text.charAt(at));
    if (value < 0) { continue; }
    held = (held << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += String.fromCharCode((held >>> bits) & 255);
    }
  }
  return out;
}

function recordOf(key) {
  var inner = /^KEY\("(.*)"\)$/.exec(key);
  var parts = bytesOf(inner ? inner[1] : key.replace(/ /g, "+")).split("\t");
  return parts.length < 2 ? "" : parts[1] + "." + (parts[2] ? parseInt(parts[2], 10) : 0);
}
// --- keys: end

var panels = { following: 1, campaigns: 1, groups: 1, mail: 1 };
var panel = String(Request.QueryString("panel"));
if (!panels[panel]) { panel = "following"; }
var names = ["CurrentKey", "Key", "ParentKey"], given = "";
for (var at = 0; at < names.length && !given; at++) {
  if (Request.QueryString(names[at]).Count) { given = String(Request.QueryString(names[at])); }
}
var record = panel === "following" || panel === "mail" ? recordOf(given) : "";
if (panel === "mail" && Request.QueryString("list").Count) { record = String(Request.QueryString("list")); }
var user = String(Request.ServerVariables("LOGON_USER")).replace(/^.*\\/, "") + MAIL;
Response.Redirect(panelLink(LISTLOOP, PANEL_KEY, "/embed/" + panel, CONNECTION, record, user, new Date().getTime()));
%>
