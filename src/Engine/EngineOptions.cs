using System.ComponentModel.DataAnnotations;

namespace VzDump.Engine;

/// <summary>Where the engine finds and keeps things. Null means the usual place.</summary>
public sealed class EngineOptions
{
    /// <summary>The product's own folder: its configuration where there is no Proxmox VE, and its memory of unfinished work.</summary>
    [Required]
    public string DataFolder { get; set; } = "";

    /// <summary>Proxmox VE's configuration. When this folder exists the host is a Proxmox VE node.</summary>
    public string ProxmoxFolder { get; set; } = "/etc/pve";

    /// <summary>Folders below which LXC keeps containers by name; null for the host's <c>lxc.lxcpath</c>.</summary>
    public IList<string>? LxcFolders { get; set; }

    /// <summary>The file that we and a real vzdump lock, so that one of us works at a time; null for <c>/run/vzdump.lock</c>.</summary>
    public string? NodeLock { get; set; }

    /// <summary>Folder of the newest log of each guest; null for <c>/var/log/vzdump</c> on Proxmox VE and the data folder elsewhere.</summary>
    public string? LogFolder { get; set; }

    /// <summary>Where a virtual machine's pid file and sockets are, e.g. <c>100.pid</c>, <c>100.qmp</c>, <c>100.qga</c>.</summary>
    public string QemuRunFolder { get; set; } = "/var/run/qemu-server";

    /// <summary>Where the host's system log takes lines; nothing needs to listen there.</summary>
    public string SystemLogSocket { get; set; } = "/dev/log";

    /// <summary>How long a guest is watched that was asked to stop when its backup was ended: it may still go down, and must then be started again.</summary>
    public TimeSpan ShutdownWatch { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>How long the clean-up after a task may take.</summary>
    public TimeSpan CleanUpLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a guest that was restored for a trial is watched once it is up.</summary>
    public TimeSpan TrialWatch { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the agent within a machine that was restored for a trial may take to answer.</summary>
    public TimeSpan TrialAgentLimit { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a storage may take to answer before it is said not to: sleeping disks need some seconds.</summary>
    public TimeSpan StorageAnswerLimit { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long mounting a network storage may take.</summary>
    public TimeSpan StorageMountLimit { get; set; } = TimeSpan.FromSeconds(60);
}
