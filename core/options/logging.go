package options

import (
	"fmt"
	"math"
	"strings"

	"github.com/tornado-dev/tornado/core/log"
)

const logGroup = "log"

func withLogging(p *OptionParser) *OptionParser {
	DefineLoggingOptions(p)
	return p
}

// logging are the values of the options of DefineLoggingOptions.
type logging struct {
	level    *string
	stderr   *bool
	file     *string
	maxSize  *int64
	backups  *int
	mode     *string
	when     *string
	interval *int
}

// DefineLoggingOptions defines what the log shows and where: logging, a level or
// none to leave the log alone; log_to_stderr; log_file_prefix, log_file_max_size and
// log_file_num_backups; log_rotate_mode, log_rotate_when and log_rotate_interval.
// At the end of parsing they are put into effect by log.EnablePrettyLogging. Options
// has them.
func DefineLoggingOptions(p *OptionParser) {
	l := &logging{
		level: DefineIn(p, "logging", "info", Group(logGroup), Metavar("debug|info|warning|error|none"), Parse(parseLevel),
			Help("the lowest level of what is printed; none leaves the log alone")),
		stderr: DefineIn(p, "log_to_stderr", false, Group(logGroup), Unset(),
			Help("print on standard error; by default only if there is no log file")),
		file: DefineIn(p, "log_file_prefix", "", Group(logGroup), Metavar("PATH"), Unset(),
			Help("print to this file; several processes on one machine want the port in it")),
		maxSize: DefineIn(p, "log_file_max_size", int64(100_000_000), Group(logGroup), Metavar("BYTES"),
			Help("how large a log file may be before another begins")),
		backups: DefineIn(p, "log_file_num_backups", 10, Group(logGroup), Metavar("N"),
			Help("how many older log files are kept")),
		mode: DefineIn(p, "log_rotate_mode", "size", Group(logGroup), Metavar("size|time"), Parse(parseRotateMode),
			Help("when another log file begins")),
		when: DefineIn(p, "log_rotate_when", "midnight", Group(logGroup), Metavar("S|M|H|D|midnight|W0-W6"), Parse(parseWhen),
			Help("the unit of the interval, or W0 for Mondays to W6 for Sundays")),
		interval: DefineIn(p, "log_rotate_interval", 1, Group(logGroup), Metavar("N"),
			Help("after how many of these another log file begins")),
	}
	p.callbacks = append(p.callbacks, func() error { return l.enable(p) })
}

var levels = map[string]log.Level{
	"debug": log.LevelDebug, "info": log.LevelInfo, "warning": log.LevelWarning, "error": log.LevelError, "critical": log.LevelCritical,
}

// parseLevel gives the name of a level in small letters; empty for none.
func parseLevel(s string) (string, error) {
	s = strings.ToLower(s)
	if _, ok := levels[s]; ok {
		return s, nil
	}
	if s == "none" || s == "null" {
		return "", nil
	}
	return "", fmt.Errorf("%q is no level; take debug, info, warning, error, critical or none", s)
}

func parseRotateMode(s string) (string, error) {
	if s != "size" && s != "time" {
		return "", fmt.Errorf("%q is no mode; take size or time", s)
	}
	return s, nil
}

func parseWhen(s string) (string, error) {
	_, err := log.NewSchedule(s, 1)
	return s, err
}

// enable puts the options into effect.
func (l *logging) enable(p *OptionParser) error {
	level, ok := levels[strings.ToLower(*l.level)]
	if !ok {
		return nil
	}
	o := log.PrettyLogging{Level: level, File: *l.file}
	var err error
	if o.FileOptions, err = l.fileOptions(); err != nil {
		return &Error{Name: "log_rotate_interval", Err: err}
	}
	if toStderr, err := p.Get("log_to_stderr"); err != nil {
		return err
	} else if toStderr == nil {
		o.NoStderr = o.File != ""
	} else {
		o.NoStderr = !*l.stderr
	}
	if err := log.EnablePrettyLogging(o); err != nil {
		return &Error{Name: "log_file_prefix", Err: err}
	}
	return nil
}

// fileOptions translates zeros: with no size there is no limit, and with no backups
// none is ever taken away.
func (l *logging) fileOptions() (o log.FileOptions, err error) {
	o = log.FileOptions{MaxSize: *l.maxSize, Backups: *l.backups}
	if o.MaxSize <= 0 || o.Backups <= 0 {
		o.MaxSize = -1
	}
	if o.Backups <= 0 {
		o.Backups = math.MaxInt
	}
	if *l.mode == "time" {
		o.Schedule, err = log.NewSchedule(*l.when, *l.interval)
	}
	return o, err
}
