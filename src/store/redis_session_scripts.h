/* The scripts of sessions in Redis, for redis_sessions.c. Under the store's key K stand
 *
 *     Ks<id>      a hash: v version, e time of expiry (20 digits), r revision, d sealed record, m meta,
 *                 i keys of its indexes, one behind the other
 *     Ka          a sorted set of all ids, in their order
 *     Kx          a sorted set of times of expiry and ids: what expires first comes first
 *     Ki<index>   the same for one index
 *     Kc          the log of changes, a stream: k kind, i id, o the number from which on it is whole
 *
 * All members of the sorted sets have one score, so they are in the order of their bytes. Redis lets go of
 * everything by itself, some minutes after the last of it expired; what counts is the time in a row and the
 * caller's clock. Every script but the last two takes the arguments of HEAD, in this order; an operation
 * that has none leaves those at the end away. They give 0 or a code of reasons.def. */
#ifndef STO_STORE_REDIS_SESSION_SCRIPTS_H
#define STO_STORE_REDIS_SESSION_SCRIPTS_H

#define STO_REDIS_ROW_VERSION "1"

/* A number of the log is the clock's or, within a second, the one behind the last: so it stays above all that
 * were given even where a replica that had not seen them all took over. */
#define STO_REDIS_SESSIONS_HEAD                                                                              \
	"local K=KEYS[1]\n"                                                                                  \
	"local now,clock,kind,id,rev,at,ttl,gone,new,idx,data,meta,old=unpack(ARGV)\n"                       \
	"local function live(one)\n"                                                                         \
	"  local r=redis.call('HMGET',K..'s'..one,'v','e','r')\n"                                            \
	"  return r[1]=='" STO_REDIS_ROW_VERSION "' and r[2]>now and r[3]\n"                                 \
	"end\n"                                                                                              \
	"local function drop(one)\n"                                                                         \
	"  local r=redis.call('HMGET',K..'s'..one,'e','i')\n"                                                \
	"  if not r[1] then return end\n"                                                                    \
	"  redis.call('DEL',K..'s'..one)\n"                                                                  \
	"  redis.call('ZREM',K..'a',one)\n"                                                                  \
	"  redis.call('ZREM',K..'x',r[1]..one)\n"                                                            \
	"  local i=r[2] or ''\n"                                                                             \
	"  for p=1,#i,32 do redis.call('ZREM',K..'i'..i:sub(p,p+31),r[1]..one) end\n"                        \
	"end\n"                                                                                              \
	"local function reap(bound,n)\n"                                                                     \
	"  local found=redis.call('ZRANGEBYLEX',K..'x','-',bound,'LIMIT',0,n)\n"                             \
	"  for _,m in ipairs(found) do\n"                                                                    \
	"    local one=m:sub(21)\n"                                                                          \
	"    drop(one)\n"                                                                                    \
	"    redis.call('ZREM',K..'a',one)\n"                                                                \
	"    redis.call('ZREM',K..'x',m)\n"                                                                  \
	"  end\n"                                                                                            \
	"  return #found\n"                                                                                  \
	"end\n"                                                                                              \
	"local function log(one,k)\n"                                                                        \
	"  local last=redis.call('XREVRANGE',K..'c','+','-','COUNT',1)[1]\n"                                 \
	"  local seq,whole=tonumber(clock),clock\n"                                                          \
	"  if last then\n"                                                                                   \
	"    local n=tonumber(last[1]:match('^%d+'))+1\n"                                                    \
	"    whole=string.format('%.0f',n)\n"                                                                \
	"    if n>seq then seq=n end\n"                                                                      \
	"  elseif k~='0' then\n"                                                                             \
	"    redis.call('XADD',K..'c',clock..'-1','k','0','i','','o',clock)\n"                               \
	"    seq=seq+1\n"                                                                                    \
	"    whole=string.format('%.0f',seq)\n"                                                              \
	"  end\n"                                                                                            \
	"  redis.call('XADD',K..'c','MAXLEN','4096',string.format('%.0f-1',seq),'k',k,'i',one,'o',whole)\n"  \
	"end\n"                                                                                              \
	"local function begin()\n"                                                                           \
	"  if redis.call('EXISTS',K..'c')==0 then log('','0') end\n"                                         \
	"end\n"                                                                                              \
	"local function out(one)\n"                                                                          \
	"  drop(one)\n"                                                                                      \
	"  if kind~='0' then log(one,kind) end\n"                                                            \
	"end\n"                                                                                              \
	"local function add(set,m)\n"                                                                        \
	"  redis.call('ZADD',set,0,m)\n"                                                                     \
	"  if redis.call('PTTL',set)<tonumber(ttl) then redis.call('PEXPIRE',set,ttl) end\n"                 \
	"end\n"                                                                                              \
	"local function write()\n"                                                                           \
	"  local s=K..'s'..id\n"                                                                             \
	"  redis.call('HSET',s,'v','" STO_REDIS_ROW_VERSION "','e',at,'r',new,'d',data,'m',meta,'i',idx)\n"  \
	"  redis.call('PEXPIRE',s,ttl)\n"                                                                    \
	"  add(K..'a',id)\n"                                                                                 \
	"  add(K..'x',at..id)\n"                                                                             \
	"  for p=1,#idx,32 do\n"                                                                             \
	"    local set=K..'i'..idx:sub(p,p+31)\n"                                                            \
	"    add(set,at..id)\n"                                                                              \
	"    redis.call('ZREMRANGEBYLEX',set,'-',gone)\n"                                                    \
	"  end\n"                                                                                            \
	"  reap(gone,4)\n"                                                                                   \
	"  begin()\n"                                                                                        \
	"  return 0\n"                                                                                       \
	"end\n"

#define STO_REDIS_SESSIONS_BEGIN STO_REDIS_SESSIONS_HEAD "begin()\nreturn 0\n"

#define STO_REDIS_SESSIONS_PUT                                                                               \
	STO_REDIS_SESSIONS_HEAD "if live(id) then return 400 end\n"                                          \
				"drop(id)\n"                                                                 \
				"return write()\n"

#define STO_REDIS_SESSIONS_SWAP                                                                              \
	STO_REDIS_SESSIONS_HEAD "local r=live(id)\n"                                                         \
				"if not r then return 401 end\n"                                             \
				"if r~=rev then return 405 end\n"                                            \
				"drop(id)\n"                                                                 \
				"return write()\n"

#define STO_REDIS_SESSIONS_REPLACE                                                                           \
	STO_REDIS_SESSIONS_HEAD "local r=live(old)\n"                                                        \
				"if rev~='0' and not r then return 401 end\n"                                \
				"if rev~='0' and r~=rev then return 405 end\n"                               \
				"if id~=old and live(id) then return 400 end\n"                              \
				"if r then out(old) end\n"                                                   \
				"drop(id)\n"                                                                 \
				"return write()\n"

#define STO_REDIS_SESSIONS_REMOVE                                                                            \
	STO_REDIS_SESSIONS_HEAD "if not live(id) then return 401 end\n"                                      \
				"out(id)\n"                                                                  \
				"return 0\n"

/* `id` is the key of an index. */
#define STO_REDIS_SESSIONS_REMOVE_INDEX                                                                      \
	STO_REDIS_SESSIONS_HEAD "local n=0\n"                                                                \
				"for _,m in ipairs(redis.call('ZRANGEBYLEX',K..'i'..id,'-','+')) do\n"       \
				"  local one=m:sub(21)\n"                                                    \
				"  if live(one) then\n"                                                      \
				"    n=n+1\n"                                                                \
				"    out(one)\n"                                                             \
				"  else\n"                                                                   \
				"    drop(one)\n"                                                            \
				"  end\n"                                                                    \
				"end\n"                                                                      \
				"redis.call('DEL',K..'i'..id)\n"                                             \
				"return n\n"

/* `id` is the bound of what has expired, `rev` the number of sessions at most. */
#define STO_REDIS_SESSIONS_REAP STO_REDIS_SESSIONS_HEAD "return reap(id,rev)\n"

/* now, bound behind which the first one lies, sessions at most: ids and metas. */
#define STO_REDIS_SESSIONS_LIST                                                                              \
	"local K=KEYS[1]\n"                                                                                  \
	"local now,from,max=ARGV[1],ARGV[2],tonumber(ARGV[3])\n"                                             \
	"local found={}\n"                                                                                   \
	"while true do\n"                                                                                    \
	"  local ids=redis.call('ZRANGEBYLEX',K..'a',from,'+','LIMIT',0,max)\n"                              \
	"  for _,one in ipairs(ids) do\n"                                                                    \
	"    local r=redis.call('HMGET',K..'s'..one,'v','e','m')\n"                                          \
	"    if r[1]=='" STO_REDIS_ROW_VERSION "' and r[2]>now then\n"                                       \
	"      found[#found+1]=one\n"                                                                        \
	"      found[#found+1]=r[3]\n"                                                                       \
	"      if #found==2*max then return found end\n"                                                     \
	"    end\n"                                                                                          \
	"  end\n"                                                                                            \
	"  if #ids<max then return found end\n"                                                              \
	"  from='('..ids[#ids]\n"                                                                            \
	"end\n"

/* The number to read on from, or nothing: the number from which on the log is whole, its newest one, and
 * entries. */
#define STO_REDIS_SESSIONS_CHANGES                                                                           \
	"local c=KEYS[1]..'c'\n"                                                                             \
	"local first=redis.call('XRANGE',c,'-','+','COUNT',1)[1]\n"                                          \
	"if not first then return {} end\n"                                                                  \
	"local last=redis.call('XREVRANGE',c,'+','-','COUNT',1)[1]\n"                                        \
	"local found={}\n"                                                                                   \
	"if ARGV[1]~='' then found=redis.call('XRANGE',c,ARGV[1],'+','COUNT',64) end\n"                      \
	"return {first[2][6],last[1],found}\n"

#endif
