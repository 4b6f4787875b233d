// Serves a folder with pin/tftp: pin_server HOST:PORT FOLDER
package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/pin/tftp"
)

func main() {
	address, folder := os.Args[1], os.Args[2]
	read := func(name string, out io.ReaderFrom) error {
		file, err := os.Open(filepath.Join(folder, filepath.Clean("/"+name)))
		if err != nil {
			return err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil {
			out.(tftp.OutgoingTransfer).SetSize(info.Size())
		}
		_, err = out.ReadFrom(file)
		return err
	}
	write := func(name string, in io.WriterTo) error {
		file, err := os.Create(filepath.Join(folder, filepath.Clean("/"+name)))
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = in.WriteTo(file)
		return err
	}
	if err := tftp.NewServer(read, write).ListenAndServe(address); err != nil {
		panic(err)
	}
}
