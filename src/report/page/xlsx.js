// A workbook of one sheet: a zip without compression that holds five small XML files, as spreadsheets ask for.
const workbook = (() => {
  const TABLE = Uint32Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0; });
  const crc = (bytes) => { let c = 0xffffffff; for (const byte of bytes) c = TABLE[(c ^ byte) & 0xff] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0; };
  // What XML cannot hold is left out.
  const xml = (text) => String(text).replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
  const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const SHEETS = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/';

  const column = (i) => (i >= 26 ? column(Math.floor(i / 26) - 1) : '') + String.fromCharCode(65 + i % 26);
  // A text is an inline string, so nothing in it is taken for a formula.
  function cell(value, row, i) {
    const at = ' r="' + column(i) + (row + 1) + '"';
    if (value == null || value === '') return '';
    return typeof value === 'number' && isFinite(value) ? '<c' + at + '><v>' + value + '</v></c>' : '<c' + at + ' t="inlineStr"><is><t xml:space="preserve">' + xml(value) + '</t></is></c>';
  }
  const sheet = (rows) => HEAD + '<worksheet xmlns="' + SHEETS + '"><sheetData>'
    + rows.map((cells, row) => '<row r="' + (row + 1) + '">' + cells.map((value, i) => cell(value, row, i)).join('') + '</row>').join('') + '</sheetData></worksheet>';

  function files(name, rows) {
    return [
      ['[Content_Types].xml', HEAD + '<Types xmlns="' + PACKAGE + 'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        + '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'],
      ['_rels/.rels', HEAD + '<Relationships xmlns="' + PACKAGE + 'relationships"><Relationship Id="r1" Type="' + OFFICE + '/officeDocument" Target="xl/workbook.xml"/></Relationships>'],
      ['xl/workbook.xml', HEAD + '<workbook xmlns="' + SHEETS + '" xmlns:r="' + OFFICE + '"><sheets><sheet name="' + xml(name) + '" sheetId="1" r:id="r1"/></sheets></workbook>'],
      ['xl/_rels/workbook.xml.rels', HEAD + '<Relationships xmlns="' + PACKAGE + 'relationships"><Relationship Id="r1" Type="' + OFFICE + '/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'],
      ['xl/worksheets/sheet1.xml', sheet(rows)],
    ];
  }

  // Numbers of 2 or 4 bytes, the lowest byte first.
  const bytesOf = (fields) => Uint8Array.from(fields.flatMap(([value, size]) => Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256)));

  // The bytes of the workbook; every file is dated 1 January 1980, so the same rows give the same bytes.
  function write(name, rows) {
    const out = [];
    const directory = [];
    let at = 0;
    const put = (bytes) => { out.push(bytes); at += bytes.length; };
    for (const [path, text] of files(name, rows)) {
      const [label, body] = [new TextEncoder().encode(path), new TextEncoder().encode(text)];
      const common = [[20, 2], [0x800, 2], [0, 2], [0, 2], [0x21, 2], [crc(body), 4], [body.length, 4], [body.length, 4], [label.length, 2], [0, 2]];
      directory.push(bytesOf([[0x02014b50, 4], [20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]]), label);
      put(bytesOf([[0x04034b50, 4], ...common]));
      put(label);
      put(body);
    }
    const start = at;
    directory.forEach(put);
    const n = directory.length / 2;
    put(bytesOf([[0x06054b50, 4], [0, 2], [0, 2], [n, 2], [n, 2], [at - start, 4], [start, 4], [0, 2]]));
    const all = new Uint8Array(at);
    let to = 0;
    out.forEach((bytes) => { all.set(bytes, to); to += bytes.length; });
    return all;
  }
  return { write };
})();
