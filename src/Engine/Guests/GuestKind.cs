namespace VzDump.Engine.Guests;

/// <summary>The type of a guest; vzdump calls them <c>qemu</c> and <c>lxc</c>.</summary>
public enum GuestKind
{
    Qemu,
    Lxc,
}

public static class GuestKindNames
{
    extension(GuestKind kind)
    {
        /// <summary>vzdump's word, as it stands in archive names and logs.</summary>
        public string VzdumpName => kind is GuestKind.Qemu ? "qemu" : "lxc";

        /// <summary>The extension of an uncompressed archive, with its dot.</summary>
        public string ArchiveExtension => kind is GuestKind.Qemu ? ".vma" : ".tar";
    }
}
