using System.Text;
using MudBlazor;

namespace VzDump.Web.Shell;

/// <summary>The colours and letters of the dashboard.</summary>
/// <remarks>
/// MudBlazor writes one palette and switches it by script, which flashes. Here the light palette is its theme, and the dark one is a style
/// element in the head that the browser itself applies, by the choice in <c>data-theme</c> or by the system's setting.
/// </remarks>
internal static class Theme
{
    private static readonly string[] Letters = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "Cantarell", "sans-serif"];

    public static MudTheme Mud { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#0b6177", Secondary = "#5b4b8a", Tertiary = "#2f6f4f",
            Info = "#1c5fa8", Success = "#1f6b3a", Warning = "#8a5300", Error = "#b3261e", Dark = "#2b3a40",
            Background = "#f4f7f8", BackgroundGray = "#eaeff1", Surface = "#ffffff",
            AppbarBackground = "#ffffff", AppbarText = "#14292f", DrawerBackground = "#f4f7f8", DrawerText = "#2b3f46", DrawerIcon = "#3f565e",
            TextPrimary = "#14242a", TextSecondary = "#475b63", TextDisabled = "#6b7d84", ActionDefault = "#475b63", ActionDisabled = "#6b7d84",
            LinesDefault = "#d9e1e4", LinesInputs = "#71848c", TableLines = "#e1e8ea", Divider = "#d9e1e4",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#74c7da", PrimaryContrastText = "#06262e", Secondary = "#b9a8ea", Tertiary = "#86cfa8",
            Info = "#8cbcf2", InfoContrastText = "#08213d", Success = "#84d19d", SuccessContrastText = "#06280f",
            Warning = "#f0b866", WarningContrastText = "#2c1a00", Error = "#f5a19b", ErrorContrastText = "#3b0703", Dark = "#c3d0d4",
            Background = "#10181b", BackgroundGray = "#0b1113", Surface = "#182327",
            AppbarBackground = "#182327", AppbarText = "#e4eef1", DrawerBackground = "#10181b", DrawerText = "#cbd8dc", DrawerIcon = "#a9bbc1",
            TextPrimary = "#e4eef1", TextSecondary = "#a9bbc1", TextDisabled = "#869aa1", ActionDefault = "#a9bbc1", ActionDisabled = "#869aa1",
            LinesDefault = "#2b3a40", LinesInputs = "#7f949c", TableLines = "#26343a", Divider = "#2b3a40",
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", DrawerWidthLeft = "216px", AppbarHeight = "56px" },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Letters, FontSize = "0.9375rem" },
            Button = new ButtonTypography { FontFamily = Letters, TextTransform = "none", LetterSpacing = "0", FontWeight = "600" },
        },
    };

    /// <summary>The style element for the head of the document.</summary>
    public static string DarkStyle { get; } = WriteDarkStyle();

    private static string WriteDarkStyle()
    {
        var dark = new Palettes().Dark(Mud);
        return $"<style>html:root[data-theme=dark]{{{dark}}}@media (prefers-color-scheme:dark){{html:root[data-theme=system]{{{dark}}}}}</style>";
    }

    private sealed class Palettes : MudThemeProvider
    {
        public string Dark(MudTheme theme)
        {
            var lines = new StringBuilder();
#pragma warning disable BL0005, MUD0011 // this one is never rendered: it only knows how MudBlazor names its variables
            Theme = theme;
            IsDarkMode = true;
#pragma warning restore BL0005, MUD0011
            GenerateTheme(lines);
            return string.Concat(lines.ToString().Split('\n', StringSplitOptions.TrimEntries)
                .Where(line => line.StartsWith("--mud-palette", StringComparison.Ordinal) || line.StartsWith("--mud-native", StringComparison.Ordinal)));
        }
    }
}
