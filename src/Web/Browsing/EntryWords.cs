using MudBlazor;
using VzDump.Engine.Browsing;

namespace VzDump.Web.Browsing;

/// <summary>How an entry of an archive is told to a person.</summary>
internal static class EntryWords
{
    extension(TreeEntry entry)
    {
        public string Icon => entry.Kind switch
        {
            EntryKind.Folder => Icons.Material.Filled.Folder,
            EntryKind.Link or EntryKind.HardLink => Icons.Material.Outlined.Link,
            EntryKind.Device or EntryKind.Pipe => Icons.Material.Outlined.SettingsInputComponent,
            _ => Icons.Material.Outlined.InsertDriveFile,
        };

        public string KindWord => entry.Kind switch
        {
            EntryKind.Folder => "folder",
            EntryKind.Link => "symbolic link",
            EntryKind.HardLink => "another name of a file",
            EntryKind.Device => "device",
            EntryKind.Pipe => "pipe",
            _ => "file",
        };

        /// <summary>Whether it has content that can be taken out alone.</summary>
        public bool HasContent => entry.Kind is EntryKind.File or EntryKind.HardLink;

        /// <summary>As <c>ls</c> writes permissions, e.g. <c>rwsr-xr-x</c>.</summary>
        public string Permissions
        {
            get
            {
                var mode = entry.Mode;
                return string.Create(9, mode, static (text, bits) =>
                {
                    for (var at = 0; at < 9; at++)
                    {
                        text[at] = (bits & (0x100 >> at)) != 0 ? "rwx"[at % 3] : '-';
                    }

                    Mark(text, 2, (bits & 0x800) != 0, 's');
                    Mark(text, 5, (bits & 0x400) != 0, 's');
                    Mark(text, 8, (bits & 0x200) != 0, 't');
                });
            }
        }
    }

    private static void Mark(Span<char> text, int at, bool isSet, char letter) => text[at] = !isSet ? text[at] : text[at] is 'x' ? letter : char.ToUpperInvariant(letter);
}
