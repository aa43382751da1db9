-- The claim script: one atomic claim per article, look up, verify, decide, register. Called by workers/claims.py for a run of
-- articles of one source partition, in order. It is made of the files of this folder, one after the other:
-- call, tables, postings, documents, sketches, states, search, verdicts, articles, claims. The rules are those of docs/CONTRACT.md, section Verdicts.
--
-- Keys (P = KEYS[1], a hash tag such as {newswire:default}, so that all keys of one index live in one slot):
--   P:seq                  order of claims
--   P:slices               <signature>/<slice> of every slice that was begun -> its length in seconds
--   P:groups               consumer group by raw topic: one index serves one wire
--   P:own:<topic>/<n>      owner of a source partition: g generation, low lowest offset not yet trimmed
--   P:o:<topic>/<n>        decisions by origin: offset -> 8 bytes hash of the raw record, then the decision as JSON
--   P:u:<slice>:<bucket>   state by uri: 8 bytes hash of the uri -> state (states.lua)
--   P:k:<slice>:<bucket>   the same for kills, which are kept longer
--   P:h:<uri hash>         8 bytes hash a text, of the last revisions of a uri
--   P:m:<story hash>       uris of a story that has more than one, in order of arrival
--   P:<signature>:p:<slice>:<bucket>   postings: documents by shingle hash (postings.lua)
--   P:<signature>:d:<slice>:<chunk>    the documents of a slice, one after the other (documents.lua)
--   ...:<slice>:meta       of each sliced table: n entries, b buckets, at next free unit, number of documents
-- A slice is one window long; a look-up reads the slice of its time and its two neighbours. Whole slices expire.
--
-- ARGV[1]  JSON: topic, partition, generation, low (committed offset), signature, and the settings used below
-- then four a claim: facts (JSON), hashes (76 bytes), sketch, postings (workers/claim.py, workers/signature.py)
-- Returns one string a claim: the decision as JSON, or "settled" where the caller does not own the origin any more.

local P = KEYS[1]
local call = cjson.decode(ARGV[1])
local S = P .. ':' .. call.signature
local redis_call = redis.call
