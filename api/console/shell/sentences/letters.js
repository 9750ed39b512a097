// Why what a device sent could not be used (ingest/): a place in the message, then what is wrong.

// How a value is called: "an object", 'the text "x"', "the number 5".
const VALUES = { null: "null", true: "true", false: "false", "an object": "对象", "an array": "数组", empty: "空" };
const value = (text) => VALUES[text] ?? text.replace(/^the text "(.*)"$/s, "文字“$1”").replace(/^the number (.+)$/, "数 $1");
const EXPECTED = {
  "an object": "对象", "an array": "数组", "an object or an array": "对象或数组", text: "文字", "a number": "数", "true or false": "true 或 false",
  "a number, true/false or text": "数、true/false 或文字", "an array of it": "其数组", "an uplink object": "上行消息对象",
  "the codec's object of values": "解码器给出的数值对象", "ISO 8601 text or a count since 1970": "ISO 8601 文字或自 1970 年的计数",
  "a measurement": "测量名", "a whole-number time": "整数时间", "measurement,tag=value field=value timestamp": "measurement,tag=value field=value timestamp",
  "a number, a whole number (12i, 12u), true/false or text in double quotes": "数、整数（12i、12u）、true/false 或双引号内的文字",
};
const wanted = (text) => EXPECTED[text] ?? text.replace(/^text, as (.+)$/, "文字，如 $1").replace(/^an object, as (.+)$/, "对象，如 $1").replace(/^ISO 8601, as (.+)$/, "ISO 8601，如 $1");
const NAMES = { "the payload": "报文", "the telemetry": "遥测内容", "the time": "时间", "the record": "记录", "the Observation": "Observation", "the uplink": "上行消息", "the SenML pack": "SenML 包", "the device": "设备名", "a gateway's device name": "网关的设备名" };
// In what is not JSON, what the reader of JSON found says line and column.
const JSON_SAYS = [
  ["unexpected end of data", "内容不完整"], ["unexpected character", "意外的字符"], ["invalid literal", "无法识别的词"], ["trailing comma is not allowed", "末尾多余逗号"],
  ["unexpected content after document", "文档之后还有内容"], ["Expecting value", "缺少值"], ["Extra data", "文档之后还有内容"], ["Expecting property name enclosed in double quotes", "字段名须用双引号"],
  ["Expecting ',' delimiter", "缺少逗号"], ["Expecting ':' delimiter", "缺少冒号"], ["Unterminated string starting at", "文字缺少结束引号"], ["Invalid control character at", "含控制字符"], ["maximum recursion depth exceeded", "嵌套过深"],
];
const json = (why) => JSON_SAYS.reduce((text, [en, zh]) => text.replace(en, zh), why).replace(/line (\d+),? column (\d+)/, "第 $1 行第 $2 列").replace(/ \(char \d+\)/, "");
const named = (text) => NAMES[text] ?? text.replace(/^the unit of (.+)$/, "$1 的单位").replace(/^the field (.+)$/, "字段 $1");

export const WHERE = [
  [/^record (\d+): /, (number) => `第 ${number} 条记录：`],
  [/^line (\d+): the field (\S+) (?=is |has )/, (number, field) => `第 ${number} 行字段 ${field} `],
  [/^line (\d+):? (?=is |has |begins |names )/, (number) => `第 ${number} 行`],
  [/^entry (\d+): /, (number) => `第 ${number} 项：`],
  [/^observation (\d+): /, (number) => `第 ${number} 条 Observation：`],
  [/^device "(.*?)": /, (device) => `设备“${device}”：`],
];

export const LETTERS = [
  [/^the payload is empty$/, () => "报文为空"],
  [/^the payload is an empty array: it has no record$/, () => "报文是空数组：没有记录"],
  [/^the array is empty: no telemetry$/, () => "数组为空：没有遥测内容"],
  [/^the SenML pack is an empty array$/, () => "SenML 包是空数组"],
  [/^the payload is not UTF-8 text: byte (\d+)$/, (byte) => `报文不是 UTF-8 文本：第 ${byte} 字节`],
  // As former versions said it.
  [/^not UTF-8 at byte (\d+)$/, (byte) => `不是 UTF-8 文本：第 ${byte} 字节`],
  [/^record (\d+) is no object$/, (number) => `第 ${number} 条记录不是对象`],
  [/^the payload is not JSON: (.+)$/s, (why) => `报文不是 JSON：${json(why)}`],
  [/^the payload has text with the character NUL \(.+\), which no text may$/, () => "报文的文字中含有不允许的 NUL 字符"],
  [/^the payload is (.+); a SenML pack is an array$/, (what) => `报文是${value(what)}，SenML 包应为数组`],
  [/^the format is not recognised: neither a JSON object or array nor line protocol; set the topic's format if it is one of (.+)$/, (known) => `无法识别格式：既不是 JSON 对象或数组，也不是 line protocol；若为 ${known} 之一，请设置主题的格式`],
  [/^the topic is set to the unknown format "(.+)"; known are (.+)$/, (name, known) => `主题设置的格式“${name}”不存在；可用：${known}`],
  [/^the message holds no reading: every field is null or missing$/, () => "消息中没有读数：所有字段为空或缺失"],
  [/^the message was given up after (\d+) bad records and not one good$/, (count) => `连续 ${count} 条记录不可用，放弃此消息`],
  [/^(\d+) more records of this message could not be used either$/, (count) => `此消息另有 ${count} 条记录不可用`],
  [/^no device: neither the payload \("(.+)"\) nor the topic names one$/, (field) => `没有设备：报文（“${field}”）和主题都没有写明`],
  [/^no Datastream: neither the topic .+ nor the body .+ names one$/, () => "没有 Datastream：主题（…/Datastreams(12)/Observations）和正文（\"Datastream\": {\"@iot.id\": 12}）都没有写明"],
  [/^the uplink has no (deviceInfo\.devEui|end_device_ids\.device_id)$/, (field) => `上行消息没有 ${field}`],
  [/^the event of (.+) has no object: it is no uplink .+$/, (device) => `${device} 的事件没有 object：不是上行消息（只订阅 event/up），或 ChirpStack 的设备配置没有解码器`],
  [/^the message of (.+) has no uplink_message: it is no uplink .+$/, (device) => `${device} 的消息没有 uplink_message：不是上行消息（只订阅 …/up）`],
  [/^the uplink of (.+) has no decoded_payload: .+$/, (device) => `${device} 的上行消息没有 decoded_payload：请在 The Things Stack 为设备设置负载解码`],
  [/^(.+) of (.+) holds no value: the codec gave nothing, or only null$/, (what, device) => `${device} 的 ${what} 没有数值：解码器没有输出，或只有 null`],
  [/^the Observation has no result$/, () => "Observation 没有 result"],
  [/^"(.*)" is a device of a drill: it is heard on the drill's own topics$/, (device) => `“${device}”是演练设备，只在演练主题上接收`],
  [/^the topic is that of "(.*?)", but the payload speaks for (.+?)(?: and (\d+) more)?: a device speaks for itself alone, and a gateway for those whose assets have it in the column gateway$/, (sender, others, more) => `主题属于“${sender}”，报文却代 ${others}${more ? ` 等（另有 ${more} 个）` : ""}上报：设备只能报自己的，网关只能报台账 gateway 列为它的设备`],
  [/^the time (.+) has a date but no time of day$/, (text) => `时间 ${text} 只有日期，没有时刻`],
  [/^the time (.+?)( s)? is not between the years 1900 and 9999$/, (text) => `时间 ${text} 不在 1900 至 9999 年之间`],
  [/^the time (.+) is too large for a count since 1970$/, (text) => `时间 ${text} 过大，不是自 1970 年的计数`],
  [/^has the time (.+), which is not between the years 1900 and 9999; is the precision set right\?$/, (text) => `的时间 ${text} 不在 1900 至 9999 年之间，时间精度是否设对？`],
  [/^bver is (.+); this decoder knows versions up to (.+)$/, (found, known) => `bver 为 ${found}，最高支持 ${known}`],
  [/^has (\S+) and (\S+); a record has one value$/, (one, other) => `同时有 ${one} 和 ${other}，一条记录只有一个值`],
  [/^(\S+) must be understood, and is unknown to this decoder$/, (field) => `${field} 必须能识别，但不认识`],
  [/^has no value \(v, vs, vb, vd or s\)$/, () => "没有值（v、vs、vb、vd 或 s）"],
  [/^has no name: bn and n are empty and the topic names no device$/, () => "没有名称：bn 和 n 为空，主题也没有写明设备"],
  [/^(\S+) and its base value add up to more than a number can hold$/, (field) => `${field} 与基值之和超出数的范围`],
  [/^has the character NUL, which no text may have$/, () => "含有不允许的 NUL 字符"],
  [/^is not UTF-8 text \(byte (\d+)\)$/, (byte) => `不是 UTF-8 文本（第 ${byte} 字节）`],
  [/^begins with a comma; expected a measurement$/, () => "以逗号开头，应为测量名"],
  [/^has no fields; expected (.+)$/, (form) => `没有字段，写法为 ${form}`],
  [/^has a (tag|field) that is not key=value: (.*)$/s, (what, text) => `的${what === "tag" ? "标签" : "字段"}不是 key=value：${text}`],
  [/^has text without its closing quote: (.*)$/s, (text) => `的文字缺少结束引号：${text}`],
  [/^has (.+) after its fields; expected a whole-number time$/s, (text) => `的字段后有 ${text}，应为整数时间`],
  [/^has the tag (.+) twice$/, (name) => `的标签 ${name} 写了两次`],
  [/^names a device with (\d+) characters, more than (\d+)$/, (count, most) => `的设备名有 ${count} 个字符，超过 ${most} 个`],
  [/^is (.+), more than a number can hold$/, (text) => `为 ${text}，超出数的范围`],
  [/^is (.+), which does not fit 64 bits$/, (text) => `为 ${text}，超出 64 位`],
  [/^(?:([^;]+?) )?is text of (\d+) characters; a state has at most (\d+)$/, (name, count, most) => `${name ?? ""}是 ${count} 个字符的文字，状态最多 ${most} 个字符`],
  [/^(\S+) is nested more than (\d+) objects deep$/, (name, deepest) => `${name} 嵌套超过 ${deepest} 层`],
  [/^(?:a field has|has|(.+?) has) a name of (\d+) characters, more than (\d+)(?:: (.*))?$/s, (what, count, most, text) => `${what ? named(what) : ""}名称有 ${count} 个字符，超过 ${most} 个${text ? `：${text}` : ""}`],
  [/^(?:a field has|(.+?) has) an empty name$/, (what) => `${what ? named(what) : "字段"}名称为空`],
  [/^(\S+) has (\d+) characters; a state has at most (\d+)$/, (field, count, most) => `${field} 有 ${count} 个字符，状态最多 ${most} 个`],
  [/^(\S+) has (\d+) characters, more than any unit$/, (field, count) => `${field} 有 ${count} 个字符，没有这么长的单位`],
  [/^([^;]+?) is (.+), which is no number; expected ([^;]+)$/s, (what, text, form) => `${named(what)}为 ${text}，不是数；应为${wanted(form)}`],
  [/^([^;]+?) is (the text ".*"|[^;]+?); expected ([^;]+)$/s, (what, found, form) => `${named(what)}是${value(found)}，应为${wanted(form)}`],
  [/^is (the text ".*"|[^;]+?); expected ([^;]+)$/s, (found, form) => `是${value(found)}，应为${wanted(form)}`],
];
