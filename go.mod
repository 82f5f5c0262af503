module github.com/tornado-dev/tornado

go 1.26
