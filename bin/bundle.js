// Starts the bundle from compiled code that an earlier run has left: two thirds of the time without.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { Script } = require("node:vm");

const home = path.join(__dirname, "../dist/bundle");
const loaded = new Map();
const fresh = [];
let cache;

exports.start = () => {
  cache = cacheFolder();
  if (cache !== undefined) process.once("exit", keep);
  load("main.cjs");
};

/** A chunk of the bundle, run once, as require() does it. */
function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const file = path.join(home, name);
  const source = fs.readFileSync(file, "utf8");
  const cachedData = read(name);
  const script = new Script(`(function(exports,require,module,__filename,__dirname){${source}\n})`, {
    filename: file,
    cachedData,
  });
  if (cachedData === undefined || script.cachedDataRejected) fresh.push({ name, script });
  const module = { exports: {} };
  loaded.set(name, module);
  const requireFrom = (id) => (id.startsWith("./") ? load(id.slice(2)) : require(id));
  script.runInThisContext()(module.exports, requireFrom, module, file, home);
  return module.exports;
}

/**
 * Where the compiled code of this bundle is kept for this Node: V8 looks at little more than a source's length. A folder
 * of the user's own that nobody else can write, because what is in it is run as it is.
 */
function cacheFolder() {
  try {
    const folder = cacheHome();
    if (folder === undefined || !isForUs(folder)) return undefined;
    const root = path.join(folder, "crikit");
    fs.mkdirSync(root, { recursive: true, mode: 0o700 });
    if (!isOurs(fs.lstatSync(root))) return undefined;
    const id = fs.readFileSync(path.join(home, "id"), "utf8");
    return path.join(root, `${process.version}-${process.arch}-${id}`);
  } catch {
    return undefined; // No home, or a read-only one: it starts without.
  }
}

/** Where the user's caches are. A path that is not absolute counts for nothing, and a home that is missing is not made. */
function cacheHome() {
  const { XDG_CACHE_HOME: named = "" } = process.env;
  if (path.isAbsolute(named)) return named;
  const own = require("node:os").homedir();
  return path.isAbsolute(own) && fs.existsSync(own) ? path.join(own, ".cache") : undefined;
}

/** Whether the folder, or what it is to be made in, is ours or root's: under sudo a home is another's, who can use nothing of root's. */
function isForUs(folder) {
  const stat = fs.statSync(folder, { throwIfNoEntry: false });
  return stat === undefined ? isForUs(path.dirname(folder)) : stat.uid === 0 || stat.uid === process.getuid?.();
}

function isOurs({ uid, mode }) {
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

/** Compiled code that we have written ourselves: a folder can have been open to others before, or be put in another's place meanwhile. */
function read(name) {
  if (cache === undefined) return undefined;
  try {
    const fd = fs.openSync(path.join(cache, name));
    try {
      return isOurs(fs.fstatSync(fd)) ? fs.readFileSync(fd) : undefined;
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** Bundles of one Node whose compiled code is kept: who has two crikits and uses them in turns shall not compile at each start. */
const mostKept = 3;

/** After a success, when what was used is compiled: leaves that for the next run, and takes away that of bundles long past. */
function keep(exitCode) {
  if (exitCode !== 0 || fresh.length === 0) return;
  try {
    if (!fs.existsSync(cache)) {
      const root = path.dirname(cache);
      const newestFirst = fs
        .readdirSync(root)
        .filter((name) => name.startsWith(`${process.version}-${process.arch}-`))
        .map((name) => ({ file: path.join(root, name), ms: fs.statSync(path.join(root, name)).mtimeMs }))
        .sort((a, b) => b.ms - a.ms);
      for (const { file } of newestFirst.slice(mostKept - 1)) fs.rmSync(file, { recursive: true });
      fs.mkdirSync(cache, { mode: 0o700 });
    }
    for (const { name, script } of fresh) {
      const unfinished = path.join(cache, `${name}.${process.pid}`);
      try {
        // To the disk before it has its name: behind a power cut it could have its length and nothing in it, which V8 would run.
        fs.writeFileSync(unfinished, script.createCachedData(), { mode: 0o600, flag: "wx", flush: true });
        fs.renameSync(unfinished, path.join(cache, name));
      } finally {
        fs.rmSync(unfinished, { force: true });
      }
    }
  } catch {
    // A full disk, or another that was quicker: the next run starts as this one did.
  }
}
