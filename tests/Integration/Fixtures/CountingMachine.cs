namespace VzDump.Tests.Integration.Fixtures;

/// <summary>The configuration and disks of a machine with the VMID 100 that counts, as <see cref="GuestKernel"/> says. Its console is the file <c>100.console</c>.</summary>
public static class CountingMachine
{
    /// <param name="folder">A data folder.</param>
    /// <param name="bus">virtio or scsi.</param>
    /// <param name="options">More for each drive, e.g. <c>,iothread=1</c>.</param>
    /// <param name="dataMiB">Size of D, filled with what cannot be compressed.</param>
    /// <param name="kernelOptions">e.g. DEAF=1: the guest does not heed its power button.</param>
    public static async Task WriteAsync(string folder, GuestKernel kernel, string bus = "virtio", string options = "", int dataMiB = 4, string config = "", string kernelOptions = "", bool withKvm = false)
    {
        var images = Path.Combine(folder, "storage/local/images/100");
        Directory.CreateDirectory(Path.Combine(folder, "storage/local/dump"));
        Directory.CreateDirectory(images);
        Directory.CreateDirectory(Path.Combine(folder, "qemu-server"));
        Directory.CreateDirectory(Path.Combine(folder, "run"));
        await File.WriteAllTextAsync(Path.Combine(folder, "storage.cfg"), $"dir: local\n\tpath {folder}/storage/local\n\tcontent backup,images\n");
        await MakeDiskAsync($"{images}/vm-100-disk-0.raw", "raw", 8, 'A');
        await MakeDiskAsync($"{images}/vm-100-disk-1.qcow2", "qcow2", 8, 'B');
        await MakeDiskAsync($"{images}/vm-100-disk-2.qcow2", "qcow2", 2, 'C');
        await Shell.RunAsync("dd", "if=/dev/urandom", $"of={images}/vm-100-disk-3.raw", "bs=1M", $"count={dataMiB}", "status=none");
        await Shell.RunAsync("truncate", "-s", "1M", $"{images}/vm-100-disk-9.raw");
        var append = $"console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on cryptomgr.notests {kernelOptions}";
        await File.WriteAllTextAsync(Path.Combine(folder, "qemu-server/100.conf"), $"""
            args: -kernel {kernel.Kernel} -initrd {await kernel.InitrdAsync()} -append "{append}" -serial file:{folder}/100.console -no-reboot -chardev socket,id=watch,path={folder}/run/100.watch,server=on,wait=off -mon chardev=watch,mode=control
            cores: 1
            kvm: {(withKvm ? 1 : 0)}
            machine: q35
            memory: 256
            name: counter
            scsihw: virtio-scsi-single
            vga: none
            ide2: none,media=cdrom
            {bus}0: local:100/vm-100-disk-0.raw,size=8M{options}
            {bus}1: local:100/vm-100-disk-1.qcow2,size=8M{options}
            {bus}2: local:100/vm-100-disk-2.qcow2,size=2M{options}
            {bus}3: local:100/vm-100-disk-3.raw,size={dataMiB}M{options}
            {bus}4: local:100/vm-100-disk-9.raw,size=1M,backup=0
            {config}
            """);
    }

    // An empty disk with its label in the last sector, by which the guest finds it.
    private static async Task MakeDiskAsync(string path, string format, int mebibytes, char label)
    {
        await Shell.RunAsync("qemu-img", "create", "-q", "-f", format, path, $"{mebibytes}M");
        var sector = Path.GetTempFileName();
        await File.WriteAllTextAsync(sector, $"DISK-{label}".PadRight(512, '\0'));
        await Shell.RunAsync("qemu-io", "-f", format, "-c", $"write -s {sector} {(mebibytes * 1024L * 1024) - 512} 512", path);
        File.Delete(sector);
    }
}
