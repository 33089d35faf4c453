/* Every limit of the library stands here, in bytes unless its name says otherwise. */
#ifndef STO_BASE_BOUNDS_H
#define STO_BASE_BOUNDS_H

#define STO_LIMIT_JSON 1048576     /* any JSON text we parse */
#define STO_LIMIT_JSON_DEPTH 32    /* levels */
#define STO_LIMIT_TOKEN 65536      /* a compact JWS, before anything is decoded */
#define STO_LIMIT_JOSE_HEADER 4096 /* a decoded JOSE header */
#define STO_LIMIT_JWKS 524288      /* a key set */
#define STO_LIMIT_JWKS_KEYS 128    /* keys in a set; more are refused */
#define STO_LIMIT_KID 1024
#define STO_LIMIT_RSA_BITS_MIN 2048 /* RFC 7518 section 3.3 */
#define STO_LIMIT_RSA_BITS 8192
#define STO_LIMIT_KEYS_TRIED 8    /* keys tried for one token */
#define STO_LIMIT_HEADERS_KEPT 16 /* headers remembered beside a key set */
#define STO_LIMIT_VERIFIERS 8     /* contexts at rest for one key */
#define STO_LIMIT_URL 8192        /* any URL that we parse or make */
#define STO_LIMIT_FORM 65536      /* a query string or a form body */
#define STO_LIMIT_FORM_FIELDS 256 /* fields in one form */
#define STO_LIMIT_COOKIE_HEADER 65536
#define STO_LIMIT_COOKIES 256        /* cookies in one header */
#define STO_LIMIT_STATE 1024         /* a sealed state, as text */
#define STO_LIMIT_CODE 8192          /* an authorization code */
#define STO_LIMIT_FETCH_BODY 1048576 /* an answer of a provider, decoded */
#define STO_LIMIT_STORE_KEY 64
#define STO_LIMIT_STORE_VALUE 65536
#define STO_LIMIT_STORE_MAP 1073741824 /* a store's file */
#define STO_LIMIT_FETCH_HEADERS 65536  /* the header lines of an answer, interim ones too */
#define STO_LIMIT_SECRET 4096          /* a configured secret */
#define STO_LIMIT_SESSION 131072       /* a sealed session record */
#define STO_LIMIT_SESSION_META 4096    /* what an operator sees of a session, sealed */
#define STO_LIMIT_SESSION_TEXT 98304   /* one text of a session record */
#define STO_LIMIT_SESSION_NAME 512     /* a text of a session that an operator sees */
#define STO_LIMIT_SESSION_COOKIE 120   /* the value of the cookie that names a session */
#define STO_LIMIT_SEALED_COOKIE 3800   /* the value of the cookie that is one (RFC 6265 section 6.1) */
#define STO_LIMIT_SESSION_CHANGES 4096 /* entries in the log of changes */
#define STO_LIMIT_SESSION_CONTEXTS 8   /* crypto contexts at rest */

#define STO_LIMIT_FINDINGS 100         /* findings of one configuration */
#define STO_LIMIT_BROWSER_MARKS 8      /* randoms in the browser cookie of the gate */
#define STO_STATE_LIFETIME_SEC 86400   /* from the link to the return */
#define STO_CLOCK_JUMP_SEC 300         /* a state may be this far from the future */
#define STO_ID_TOKEN_MAX_AGE_SEC 600   /* iat of a token that comes from the token endpoint */
#define STO_JWKS_MIN_FRESH_SEC 60      /* keys are kept at least and at most this long, */
#define STO_JWKS_MAX_FRESH_SEC 86400   /* whatever Cache-Control says, */
#define STO_JWKS_DEFAULT_FRESH_SEC 600 /* and this long where it says nothing */
#define STO_JWKS_REFETCH_FLOOR_SEC 30  /* between two fetches for unknown keys */
#define STO_DISCOVERY_FRESH_SEC 3600   /* a discovery document is kept this long */
#define STO_SESSION_TOUCH_SEC 60       /* sliding writes no more often than this, or a twentieth of idle */
#define STO_SEALED_SESSION_SEC 43200   /* a session in a cookie lives this long at most, if nothing is said */
#define STO_REFRESH_LEASE_SEC 30       /* a refresh that takes longer is taken for dead */

#endif
