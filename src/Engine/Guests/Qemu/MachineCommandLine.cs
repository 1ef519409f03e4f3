using System.Globalization;
using System.Text;
using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>QEMU's arguments for a machine, from its configuration alone. What it asks for and is not made here is refused, not left out.</summary>
/// <param name="volumePath">Path of a volume.</param>
/// <param name="withKvm">Whether the processor's help is used, unless the configuration says <c>kvm: 0</c>.</param>
internal sealed class MachineCommandLine(Guest guest, GuestConfig config, MachineFiles files, Func<string, string> volumePath, bool withKvm)
{
    // They describe the machine or concern Proxmox VE alone; QEMU runs the same without.
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        "acpi", "affinity", "autostart", "balloon", "bootdisk", "cdrom", "cpulimit", "cpuunits", "description", "digest", "freeze", "hookscript", "hotplug", "keyboard", "localtime", "lock", "meta",
        "migrate_downtime", "migrate_speed", "onboot", "ostype", "parent", "protection", "reboot", "searchdomain", "nameserver", "shares", "sshkeys", "startdate", "startup", "tablet", "tags", "tdf",
        "template", "vmgenid", "vmstatestorage", "watchdog", "ciuser", "cipassword", "citype", "cicustom", "ciupgrade", "ipconfig", "unused", "spice_enhancements",
    };

    private static readonly HashSet<string> Made = new(StringComparer.Ordinal)
    {
        "agent", "args", "bios", "boot", "cores", "cpu", "efidisk", "ide", "kvm", "machine", "memory", "name", "net", "sata", "scsi", "scsihw", "serial", "smbios", "sockets", "vcpus", "vga", "virtio",
    };

    private readonly List<string> _arguments = [];
    private readonly HashSet<string> _controllers = [];

    private bool IsQ35 => config.Value("machine")?.Contains("q35", StringComparison.Ordinal) is true;

    /// <exception cref="ProblemException">The configuration asks for something that is not made here.</exception>
    public IReadOnlyList<string> Build()
    {
        RefuseUnknown();
        Add("-name", $"{Escaped(guest.Name)},debug-threads=on");
        Add("-chardev", $"socket,id=qmp,path={Escaped(files.Qmp(guest.Id))},server=on,wait=off");
        Add("-mon", "chardev=qmp,mode=control");
        Add("-pidfile", files.Pid(guest.Id));
        Add("-daemonize");
        Add("-nodefaults");
        Add("-display", "none");
        AddBoard();
        AddFirmware();
        AddSerials();
        AddAgent();
        foreach (var drive in QemuDrive.AllOf(config).Where(drive => !drive.Key.StartsWith("efidisk", StringComparison.Ordinal)))
        {
            AddDrive(drive);
        }

        AddNetworks();
        if (config.Value("args") is { } args)
        {
            _arguments.AddRange(Words(args));
        }

        return _arguments;
    }

    /// <summary>Words as a shell would see them, with quotes but without any expansion.</summary>
    internal static IReadOnlyList<string> Words(string text)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        var quote = '\0';
        for (var at = 0; at < text.Length; at++)
        {
            var letter = text[at];
            if (quote == '\0' && char.IsWhiteSpace(letter))
            {
                Flush();
            }
            else if (quote == '\0' && letter is '\'' or '"')
            {
                quote = letter;
                word ??= new StringBuilder();
            }
            else if (letter == quote && quote != '\0')
            {
                quote = '\0';
            }
            else
            {
                word ??= new StringBuilder();
                word.Append(letter == '\\' && quote != '\'' && at + 1 < text.Length ? text[++at] : letter);
            }
        }

        Flush();
        return words;

        void Flush()
        {
            if (word is not null)
            {
                words.Add(word.ToString());
                word = null;
            }
        }
    }

    private void RefuseUnknown()
    {
        var unknown = config.Entries.Select(entry => entry.Key).Where(key => key.TrimEnd("0123456789".ToCharArray()) is var kind && !Made.Contains(kind) && !Harmless.Contains(kind)
            && !(kind is "numa" && config.Value(key) is "0")).Distinct().ToList();
        if (unknown.Count > 0)
        {
            throw new ProblemException($"VM {guest.Id} cannot be started here: its configuration asks for {string.Join(", ", unknown.Select(key => $"'{key}'"))}, which needs Proxmox VE. Start it your own way with pid file {files.Pid(guest.Id)} and QMP socket {files.Qmp(guest.Id)}, and back it up in snapshot or suspend mode.");
        }
    }

    private void AddBoard()
    {
        var (cores, sockets) = (Number("cores", 1), Number("sockets", 1));
        Add("-smp", string.Create(CultureInfo.InvariantCulture, $"{Number("vcpus", cores * sockets)},sockets={sockets},cores={cores},maxcpus={cores * sockets}"));
        var memory = PropertyString.Parse(config.Value("memory") ?? "512", "current").Volume;
        Add("-m", int.TryParse(memory, NumberStyles.None, CultureInfo.InvariantCulture, out var mebibytes) && mebibytes > 0 ? $"{mebibytes}" : throw Wrong("memory", memory));
        // QEMU takes the first that works. Names of processors that only Proxmox VE knows mean: what this host has.
        Add("-machine", IsQ35 ? "q35" : "pc");
        if (withKvm && config.Value("kvm") is not "0")
        {
            Add("-accel", "kvm");
        }

        Add("-accel", "tcg");
        var cpu = PropertyString.Parse(config.Value("cpu") ?? "max", "cputype").Volume;
        Add("-cpu", cpu is "" or "host" or "kvm64" || cpu.StartsWith("x86-64-v", StringComparison.Ordinal) || cpu.StartsWith("custom-", StringComparison.Ordinal) ? "max" : Escaped(cpu));
        if (config.Value("smbios1") is { } smbios && PropertyString.Parse(smbios, "uuid").Volume is { Length: > 0 } uuid)
        {
            Add("-uuid", Guid.TryParse(uuid, out var id) ? id.ToString() : throw Wrong("smbios1", smbios));
        }

        if (PropertyString.Parse(config.Value("vga") ?? "std", "type").Volume is var vga && vga is not "none" && !vga.StartsWith("serial", StringComparison.Ordinal))
        {
            Add("-vga", vga is "std" or "cirrus" or "vmware" or "qxl" or "virtio" ? vga : "std");
        }
    }

    private void AddFirmware()
    {
        if (config.Value("bios") is not "ovmf")
        {
            return;
        }

        var disk = QemuDrive.AllOf(config).FirstOrDefault(drive => drive.Key == "efidisk0");
        var code = config.Value("efidisk0")?.Contains("efitype=4m", StringComparison.Ordinal) is true ? "/usr/share/OVMF/OVMF_CODE_4M.fd" : "/usr/share/OVMF/OVMF_CODE.fd";
        if (!File.Exists(code))
        {
            throw new ProblemException($"VM {guest.Id} cannot be started: it needs the firmware {code}, which comes with the Debian package 'ovmf' (apt-get install ovmf).");
        }

        Add("-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={code}");
        if (disk is not null)
        {
            Add("-drive", $"if=pflash,unit=1,id=drive-efidisk0,format={disk.Format},file={Escaped(volumePath(disk.Volume))}");
        }
    }

    private void AddSerials()
    {
        for (var index = 0; index < 4; index++)
        {
            if (config.Value($"serial{index}") is { } serial)
            {
                Add("-chardev", serial is "socket"
                    ? $"socket,id=serial{index},path={Escaped(Path.Combine(files.Folder, $"{guest.Id}.serial{index}"))},server=on,wait=off"
                    : $"serial,id=serial{index},path={Escaped(serial)}");
                Add("-device", $"isa-serial,chardev=serial{index}");
            }
        }
    }

    private void AddAgent()
    {
        if (GuestAgentOption.Of(config).IsEnabled)
        {
            Add("-chardev", $"socket,id=qga0,path={Escaped(files.Agent(guest.Id))},server=on,wait=off");
            Add("-device", "virtio-serial");
            Add("-device", "virtserialport,chardev=qga0,name=org.qemu.guest_agent.0");
        }
    }

    private void AddDrive(QemuDrive drive)
    {
        var options = PropertyString.Parse(config.Value(drive.Key)!, "file");
        var isDisc = options["media"] == "cdrom";
        var boot = BootIndex(drive.Key);
        if (isDisc && drive.Volume is "none" or "cdrom")
        {
            Add("-drive", $"if=none,id=drive-{drive.Key},media=cdrom");
        }
        else
        {
            var discard = options["discard"] is "on" ? ",discard=on,detect-zeroes=unmap" : ",detect-zeroes=on";
            Add("-drive", $"if=none,id=drive-{drive.Key},file={Escaped(volumePath(drive.Volume))},format={Escaped(drive.Format)}" + (isDisc
                ? ",media=cdrom,readonly=on"
                : $",cache={Escaped(options["cache"] ?? "none")},aio={Escaped(options["aio"] is "native" or "io_uring" ? options["aio"]! : "threads")}{discard}{(options["ro"] is "1" ? ",readonly=on" : "")}"));
        }

        var (bus, index) = (drive.Key.TrimEnd("0123456789".ToCharArray()), int.Parse(drive.Key.AsSpan(drive.Key.AsSpan().IndexOfAnyInRange('0', '9')), CultureInfo.InvariantCulture));
        var common = $"drive=drive-{drive.Key},id={drive.Key}{boot}{(options["serial"] is { } serial ? $",serial={Escaped(Uri.UnescapeDataString(serial))}" : "")}";
        switch (bus)
        {
            case "virtio":
                Add("-device", $"virtio-blk-pci,{common}{Thread(options, drive.Key)}");
                break;
            case "scsi":
                Add("-device", $"{(isDisc ? "scsi-cd" : "scsi-hd")},bus={ScsiBus(index, options, drive.Key)},{common}");
                break;
            case "sata":
                Controller("ahci0", "ahci,id=ahci0");
                Add("-device", $"{(isDisc ? "ide-cd" : "ide-hd")},bus=ahci0.{index},{common}");
                break;
            default:
                Add("-device", $"{(isDisc ? "ide-cd" : "ide-hd")},bus=ide.{(IsQ35 ? index : index / 2)},unit={(IsQ35 ? 0 : index % 2)},{common}");
                break;
        }
    }

    private string ScsiBus(int index, PropertyString options, string key)
    {
        switch (config.Value("scsihw") ?? "lsi")
        {
            case "virtio-scsi-single":
                Controller($"virtioscsi{index}", $"virtio-scsi-pci,id=virtioscsi{index}{Thread(options, key)}");
                return $"virtioscsi{index}.0,channel=0,scsi-id=0,lun={index}";
            case "virtio-scsi-pci":
                Controller("scsihw0", "virtio-scsi-pci,id=scsihw0");
                return $"scsihw0.0,channel=0,scsi-id=0,lun={index}";
            case ("lsi" or "lsi53c810" or "megasas" or "pvscsi") and var model:
                Controller($"scsihw{index / 7}", $"{model},id=scsihw{index / 7}");
                return $"scsihw{index / 7}.0,channel=0,scsi-id={index % 7},lun=0";
            case var other:
                throw Wrong("scsihw", other);
        }
    }

    private string Thread(PropertyString options, string key)
    {
        if (options["iothread"] is not "1")
        {
            return "";
        }

        Add("-object", $"iothread,id=iothread-{key}");
        return $",iothread=iothread-{key}";
    }

    private void Controller(string id, string device)
    {
        if (_controllers.Add(id))
        {
            Add("-device", device);
        }
    }

    // e.g. net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1
    private void AddNetworks()
    {
        foreach (var (key, value) in config.Entries.Where(entry => entry.Key.StartsWith("net", StringComparison.Ordinal) && int.TryParse(entry.Key.AsSpan(3), NumberStyles.None, null, out _)))
        {
            var net = PropertyString.Parse(value, "model");
            var (model, mac) = net.Options.FirstOrDefault(option => option.Key is "virtio" or "e1000" or "e1000e" or "rtl8139" or "vmxnet3") is { Key: { } name, Value: var address }
                ? (name, address)
                : (net.Volume, net["macaddr"]);
            if (model is not ("virtio" or "e1000" or "e1000e" or "rtl8139" or "vmxnet3"))
            {
                throw Wrong(key, value);
            }

            if (net["bridge"] is { } bridge && !Directory.Exists($"/sys/class/net/{bridge}/bridge"))
            {
                throw new ProblemException($"VM {guest.Id} cannot be started: this host has no network bridge '{bridge}' for {key}.");
            }

            Add("-netdev", net["bridge"] is { } br ? $"bridge,id={key},br={Escaped(br)}" : $"user,id={key}");
            Add("-device", $"{(model is "virtio" ? "virtio-net-pci" : model)},netdev={key},id={key}{(mac is null ? "" : $",mac={Escaped(mac)}")}{BootIndex(key)}");
        }
    }

    // e.g. boot: order=scsi0;ide2;net0
    private string BootIndex(string key)
    {
        var order = config.Value("boot") is { } boot ? (PropertyString.Parse(boot, "legacy")["order"] ?? "").Split(';') : [];
        var at = Array.IndexOf(order, key);
        return at < 0 ? "" : $",bootindex={100 + at}";
    }

    private int Number(string key, int otherwise) => config.Value(key) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1024 ? number : throw Wrong(key, text);

    private ProblemException Wrong(string key, string value) => new($"VM {guest.Id} cannot be started: its configuration says '{key}: {value}', which is not known here.");

    private void Add(params ReadOnlySpan<string> arguments) => _arguments.AddRange(arguments);

    // QEMU's own way of writing a comma inside a value: somebody's file name must not become an option.
    private static string Escaped(string value) => value.Replace(",", ",,", StringComparison.Ordinal);
}
