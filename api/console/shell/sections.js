// The sections, in the order of the rail; `needs`: any one of these permissions opens it.

export const SECTIONS = [
  { name: "situation", key: "s", title: { zh: "态势", en: "Situation" }, needs: ["telemetry.read", "cases.read"],
    icon: "M10 2.2 2.6 6v8l7.4 3.8 7.4-3.8V6zM2.6 6l7.4 3.8L17.4 6M10 9.8v8" },
  { name: "cases", key: "c", title: { zh: "案件", en: "Cases" }, needs: ["cases.read"],
    icon: "M4 3.5h12v13H4zM7 7.5h6M7 10.5h6M7 13.5h3.5" },
  { name: "sensors", key: "n", title: { zh: "传感", en: "Sensors" }, needs: ["telemetry.read"],
    icon: "M10 11.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2M6.2 13.8a5.4 5.4 0 0 1 0-7.6M13.8 6.2a5.4 5.4 0 0 1 0 7.6M3.6 16.4a9 9 0 0 1 0-12.8M16.4 3.6a9 9 0 0 1 0 12.8" },
  { name: "rules", key: "r", title: { zh: "规则", en: "Rules" }, needs: ["rules.read"],
    icon: "M2.5 14.5c3 0 3.4-9 6-9s2.6 9 5 9 2.6-4 4-4M2.5 8.5h15" },
  { name: "drills", key: "d", title: { zh: "演练", en: "Drills" }, needs: ["drills.read"],
    icon: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15M8.2 6.8v6.4l5-3.2z" },
  { name: "evaluation", key: "e", title: { zh: "评价", en: "Evaluation" }, needs: ["evaluation.read"],
    icon: "M3.5 17V9.5h3V17M8.5 17V3h3v14M13.5 17v-5h3v5M2 17h16" },
  { name: "administration", key: "a", title: { zh: "管理", en: "Administration" }, short: { zh: "管理", en: "Admin" },
    needs: ["access.manage", "catalogue.change", "deliveries.manage", "audit.read", "windows.set"],
    icon: "M7.5 9.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4M1.8 17c0-3.4 2.4-5.4 5.7-5.4s5.7 2 5.7 5.4M13 3.6a3 3 0 0 1 0 5.6M15 12.2c2 .7 3.2 2.4 3.2 4.8" },
];
