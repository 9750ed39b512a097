// Roles and permissions in words, and fields that several forms have.

import { get } from "../shell/answers.js";
import { say } from "../shell/language.js";

let asked = null;

// {roles, departments}: what people can be given; asked for once.
export function known() {
  asked ??= Promise.all([get("roles"), get("departments")]).then(
    ([roles, { items }]) => ({ roles, departments: items }),
    (why) => {
      asked = null; // the next one asks again
      throw why;
    },
  );
  return asked;
}

export function roleName(known, role) {
  const one = known?.roles.find((each) => each.role === role);
  return say(one?.zh || role, role.replaceAll("-", " "));
}

// "dispatcher · Drainage office · 330106"
export function grantWords(known, { role, department, area }) {
  const one = known?.departments.find(({ code }) => code === department);
  const whose = department && (one ? say(one.name.zh, one.name.en) : department);
  return [roleName(known, role), whose, area].filter(Boolean).join(" · ");
}

export function grantFields(known, ofKeys) {
  const roles = known.roles.filter((each) => each.of_keys === ofKeys || !each.of_keys);
  return [
    { name: "role", label: { zh: "岗位", en: "Role" }, kind: "select", required: true, options: roles.map(({ role, zh }) => [role, { zh: zh || role, en: role.replaceAll("-", " ") }]) },
    { name: "department", label: { zh: "部门", en: "Department" }, kind: "select", options: known.departments.map(({ code, name }) => [code, name]), hint: { zh: "不选：不限部门", en: "None: any department" } },
    { name: "area", label: { zh: "区域", en: "Area" }, hint: { zh: "单元网格编码的前几位；空：全市", en: "First digits of grid cells; empty: everywhere" } },
  ];
}

export function grantOf({ role, department = "", area = "" }) {
  return { role, department, area };
}
