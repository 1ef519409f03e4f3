namespace VzDump.Tests.Integration.Fixtures;

/// <summary>Every file of a tree in a comparable form, made by find, getfattr and sha256sum and not by the engine.</summary>
public static class Manifest
{
    public static async Task<string> OfAsync(string root) => await Shell.ShAsync($$"""
        cd '{{root}}'
        find . -printf '%P|%y|%m|%U|%G|%l|%n|%s|%T@\n' | awk -F'|' -v OFS='|' '$2=="d" {$7="";$8=""} {print}' | LC_ALL=C sort
        find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum
        find . -print0 | LC_ALL=C sort -z | xargs -0 -r getfattr -h -d -m 'user\.|security\.capability|system\.posix_acl' -e hex --absolute-names 2>/dev/null
        getfacl -R -n --absolute-names . 2>/dev/null | LC_ALL=C sort
        """);
}
