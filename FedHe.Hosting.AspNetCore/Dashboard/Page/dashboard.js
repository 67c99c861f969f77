// Shows the snapshots of the server. Every text of a snapshot becomes text and never markup: nodes are made, and no HTML is parsed.
"use strict";
(() => {
  const own = document.body.dataset.own;
  const connection = document.getElementById("connection");
  const jobs = document.getElementById("jobs");
  const phaseNames = {
    invitation: "invitation waits", training: "training and encryption", upload: "upload", others: "waits for others",
    download: "sum waits", opening: "verifies and opens",
  };

  const serverPhases = {
    NotStarted: "not started", WaitingForClients: "waits for clients", Collecting: "waits for uploads", Ended: "ended", Superseded: "a newer server exists",
    Inspecting: "clients check a void sum", Opening: "the committee opens the sum", Renewing: "the committee votes for an epoch",
  };

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    for (const child of children) made.append(child instanceof Node ? child : document.createTextNode(String(child)));
    return made;
  }

  function bytes(count) {
    if (count < 1024) return `${count} B`;
    const units = ["KiB", "MiB", "GiB"];
    let value = count / 1024, unit = 0;
    while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++; }
    return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
  }

  function duration(milliseconds) {
    if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
    const seconds = milliseconds / 1000;
    if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
    const minutes = Math.floor(seconds / 60);
    return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  function table(columns, rows) {
    const head = element("tr", "", ...columns.map(column => element("th", "", column)));
    const body = element("tbody", "");
    for (const row of rows) {
      const line = element("tr", "");
      row.forEach((cell, i) => {
        const made = element("td", "", cell);
        made.dataset.label = columns[i];
        line.append(made);
      });
      body.append(line);
    }
    return element("table", "", element("thead", "", head), body);
  }

  function figure(label, value, note, className) {
    return element("div", "figure", element("div", "label", label), element("div", `value ${className || ""}`, value), element("div", "note", note || ""));
  }

  function stateOf(party) {
    if (party.isLate) return element("span", "badge warn", "late");
    const classes = { here: "good", unreachable: "bad", excluded: "bad", unheard: "soft", authority: "soft" };
    const words = { unheard: "not heard of", authority: "key authority" };
    return element("span", `badge ${classes[party.state] || "soft"}`, words[party.state] || party.state);
  }

  function figures(job, now) {
    const clients = job.parties.filter(party => party.state !== "authority");
    const here = clients.filter(party => party.state === "here").length;
    const late = clients.filter(party => party.isLate).length;
    const made = element("div", "figures");
    made.append(
      figure("Round", `${Math.min(job.round, job.rounds)} of ${job.rounds}`, job.outcome ? `last sum: round ${job.lastSum}` : `attempt ${job.attempt}, ${serverPhases[job.phase] || job.phase}`),
      figure("Clients", `${here} of ${clients.length} here`, late ? `${late} late` : "nobody is late", late ? "warn" : ""),
      figure("Next deadline", job.due && !job.outcome ? duration(new Date(job.due) - now) : "none", job.epoch > 1 ? `epoch ${job.epoch}` : ""),
      figure("Promised error", job.error.promisedBits ? `${job.error.promisedBits.toFixed(1)} bits` : "none", job.error.largestBound ? `no value is off by more than ${job.error.largestBound.toExponential(1)}` : ""));
    if (job.privacy) {
      const spent = job.privacy.spent;
      const unit = `for every ${job.privacy.unit.toLowerCase()}`;
      const privacy = figure("Privacy budget", spent === null ? `epsilon ${job.privacy.epsilon}` : `${(Math.ceil(spent * 1e4) / 1e4).toFixed(4)} of ${job.privacy.epsilon}`,
        spent === null ? `${unit}; spent: clients count` : `epsilon at delta ${job.privacy.delta.toExponential()}, ${unit}`, spent !== null && spent > 0.9 * job.privacy.epsilon ? "warn" : "");
      if (spent !== null) {
        const meter = element("meter", "");
        meter.max = job.privacy.epsilon;
        meter.value = spent;
        privacy.append(meter);
      }
      made.append(privacy);
    } else {
      made.append(figure("Privacy budget", "none", "the job promises none"));
    }
    return made;
  }

  function attempt(round, now, goesOn) {
    const all = round.parties.flatMap(party => party.phases);
    const made = element("div", "attempt", element("p", "", element("strong", "", `Round ${round.round}`), element("span", "soft", `, attempt ${round.attempt}`)));
    if (!all.length) return made;
    // A phase without an end goes on now; of a round that is over, until the last thing that was seen of it.
    const last = goesOn ? now : new Date(Math.max(...all.map(phase => new Date(phase.to || phase.from))));
    const endOf = phase => phase.to ? new Date(phase.to) : last;
    const start = Math.min(...all.map(phase => new Date(phase.from)));
    const span = Math.max(1, Math.max(...all.map(phase => endOf(phase))) - start);
    made.firstChild.append(element("span", "soft", `, ${duration(span)}`));
    for (const party of round.parties) {
      const track = element("div", "track");
      for (const phase of party.phases) {
        const from = new Date(phase.from) - start, to = endOf(phase) - start;
        const bar = element("div", `phase ${phaseNames[phase.kind] ? phase.kind : "others"} ${phase.to ? "" : "running"}`);
        bar.style.left = `${100 * from / span}%`;
        bar.style.width = `${Math.max(0, 100 * (to - from) / span)}%`;
        bar.title = `${phaseNames[phase.kind] || phase.kind}: ${duration(to - from)}${phase.to ? "" : ", goes on"}`;
        track.append(bar);
      }
      const words = party.phases.map(phase => `${phaseNames[phase.kind] || phase.kind} ${duration(endOf(phase) - new Date(phase.from))}`).join(", ");
      track.setAttribute("role", "img");
      track.setAttribute("aria-label", `${party.party}: ${words}`);
      const traffic = `${party.uploadBytes ? `up ${bytes(party.uploadBytes)}` : ""}${party.uploadBytes && party.sumBytes ? ", " : ""}${party.sumBytes ? `down ${bytes(party.sumBytes)}` : ""}`;
      made.append(element("div", "bar", element("span", "", party.party), track, element("span", "bytes", traffic)));
    }
    return made;
  }

  function legend() {
    const made = element("ul", "legend");
    for (const [kind, name] of Object.entries(phaseNames)) made.append(element("li", "", element("span", `swatch ${kind}`), name));
    return made;
  }

  const number = value => String(Number(value.toPrecision(6)));

  function metrics(round) {
    const mostColumns = 5, mostRows = 50;
    const names = round.means.map(mean => mean.name).sort((a, b) => clientsOf(b) - clientsOf(a) || (a < b ? -1 : 1));
    const columns = names.slice(0, mostColumns), others = names.slice(mostColumns);
    function clientsOf(name) { return round.means.find(mean => mean.name === name).clients; }
    function cells(valueOf) {
      const made = columns.map(name => valueOf(name) ?? "");
      if (others.length) made.push(others.filter(name => valueOf(name) !== null).map(name => `${name} ${valueOf(name)}`).join(", "));
      return made;
    }
    const meanOf = name => { const mean = round.means.find(one => one.name === name); return `${number(mean.value)} (${mean.clients})`; };
    const rows = [[element("strong", "", "mean (clients)"), ...cells(meanOf)]];
    for (const report of round.reports.slice(0, mostRows)) {
      rows.push([report.party, ...cells(name => Object.hasOwn(report.values, name) ? number(report.values[name]) : null)]);
    }
    const made = element("div", "attempt", element("p", "", element("strong", "", `Round ${round.round}`), element("span", "soft", `, attempt ${round.attempt}, reports of ${round.reports.length} ${round.reports.length === 1 ? "client" : "clients"}`)),
      table(["Client", ...columns, ...(others.length ? ["Others"] : [])], rows));
    if (round.reports.length > mostRows) made.append(element("p", "soft", `and ${round.reports.length - mostRows} more clients`));
    return made;
  }

  function show(job, now) {
    const state = !job.isReady ? element("span", "badge bad", "takes no messages") : job.outcome ? element("span", `badge ${job.outcome === "Completed" ? "good" : "warn"}`, job.outcome) : element("span", "badge good", "runs");
    const made = element("section", "job", element("div", "title", element("h2", "", job.name), state, element("span", "id", job.id)), figures(job, now));
    made.append(element("h3", "", "Parties"), table(["Party", "State", "Does", "Last heard", "In its mailbox"], job.parties.map(party => [
      element("span", "", party.name, party.isMember ? element("span", "soft", " · member") : ""), stateOf(party), party.doing,
      party.silentSeconds < 1 ? "now" : `${duration(1000 * party.silentSeconds)} ago`, party.waiting])));
    made.append(element("h3", "", "Time of each phase"));
    if (job.attempts.length) made.append(legend(), ...job.attempts.map(round => attempt(round, now, !job.outcome && round.round === job.round && round.attempt === job.attempt)));
    else made.append(element("p", "soft", "No round since this process began."));
    made.append(element("h3", "", "Metrics that clients report"));
    if (job.metrics.length) made.append(...job.metrics.map(metrics));
    else made.append(element("p", "soft", job.privacy ? "None: the privacy budget pays for no metrics." : "None: each client's operator decides whether its metrics leave the client."));
    made.append(element("h3", "", "Refusals"));
    if (job.refusals.length) made.append(table(["Party", "Message", "Reason", "How often", "Last"], job.refusals.map(refusal => [refusal.party, refusal.message, refusal.reason, refusal.count, `${duration(now - new Date(refusal.last))} ago`])));
    else made.append(element("p", "soft", "Nothing was refused since this process began."));
    if (job.audit) made.append(element("h3", "", "Audit log"), element("p", "", `Entry ${job.audit.number}, digest `, element("span", "digest", job.audit.digest)));
    return made;
  }

  // A proxy may hold events back, whatever the server tells it: the page asks for a snapshot when none has come for this number of milliseconds.
  const patience = 5000, pause = 2000;
  let heard = performance.now(), answered = -Infinity, shown = null;

  function render(snapshot) {
    const now = new Date(snapshot.time);
    // What was held back comes late, and together.
    if (shown && now < shown) return;
    shown = now;
    jobs.replaceChildren(...snapshot.jobs.map(job => show(job, now)));
    connection.className = "";
    connection.textContent = `${snapshot.isReady ? "ready" : "not ready"}, ${now.toLocaleTimeString()}`;
    document.title = `FedHe: ${snapshot.jobs.map(job => `${job.name} ${Math.min(job.round, job.rounds)}/${job.rounds}`).join(", ")}`;
  }

  function lose() {
    connection.className = "lost";
    connection.textContent = "connection lost; what is below is old";
  }

  async function ask() {
    if (!document.hidden && performance.now() - heard >= patience) {
      try {
        const answer = await fetch(`${own}/snapshot`, { cache: "no-store", signal: AbortSignal.timeout(10000) });
        if (!answer.ok) throw new Error(answer.statusText);
        render(await answer.json());
        answered = performance.now();
      } catch {
        lose();
      }
    }
    setTimeout(ask, pause);
  }

  const source = new EventSource(`${own}/events`);
  source.addEventListener("snapshot", event => {
    const snapshot = JSON.parse(event.data);
    if (shown && new Date(snapshot.time) < shown) return;
    heard = performance.now();
    render(snapshot);
  });
  source.addEventListener("error", () => {
    // Without events the page goes on with snapshots that it asks for.
    if (performance.now() - answered >= patience) lose();
  });
  setTimeout(ask, pause);
})();
