using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Says in Proxmox VE's words what a plain LXC container is, so that its archive can be restored there.</summary>
internal static class NativeConfigTranslation
{
    public static string ToProxmox(GuestConfig config, Guest guest)
    {
        var text = new StringBuilder();
        Line("arch", Architecture(config.Value("lxc.arch")));
        Line("hostname", config.Value("lxc.uts.name") ?? guest.Name);
        Line("ostype", "unmanaged");
        // The size is a wish for the restore; Proxmox VE needs one and the user can give another.
        Line("rootfs", "local:8");
        if (LxcIdMap.Of(config).Count > 0)
        {
            Line("unprivileged", "1");
        }

        return text.ToString();

        void Line(string key, string value) => text.Append(CultureInfo.InvariantCulture, $"{key}: {value}\n");
    }

    private static string Architecture(string? lxc) => lxc switch
    {
        "x86_64" or "amd64" => "amd64",
        "i386" or "i686" or "x86" => "i386",
        "aarch64" or "arm64" => "arm64",
        "armhf" or "armv7l" => "armhf",
        _ => RuntimeInformation.OSArchitecture is System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64",
    };
}
