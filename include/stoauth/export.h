/* The one place for compiler extensions: what is exported, and what must not be ignored. */
#ifndef STOAUTH_EXPORT_H
#define STOAUTH_EXPORT_H

#if defined(__GNUC__)
#define STO_API __attribute__((visibility("default")))
#define STO_CHECKED __attribute__((warn_unused_result))
#define STO_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define STO_API
#define STO_CHECKED
#define STO_PRINTF(fmt, args)
#endif

#endif
