using Microsoft.AspNetCore.Components;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Runs;

/// <summary>Not interactive: it is read and printed, and shows what was when it was asked for.</summary>
public sealed partial class RunPrintPage(PrintedRuns prints, RightsBook book, NavigationManager navigation, TimeProvider time)
{
    private PrintedRun? _report;
    private Viewer _viewer = Viewer.Unknown;

    [Parameter]
    public Guid Id { get; set; }

    [CascadingParameter]
    public required HttpContext Context { get; set; }

    private NavigationManager Navigation => navigation;

    private TimeProvider Time => time;

    protected override async Task OnInitializedAsync()
    {
        _viewer = Viewer.From(Context.Request.Cookies);
        _report = await prints.FindAsync(now => book.OfAsync(Context.User, now), Id, Context.RequestAborted);
        if (_report is null)
        {
            Context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private static string Rest(int left) => left switch
    {
        0 => "All lines are",
        1 => "1 more warning or error, and all other lines, are",
        _ => $"{left} more warnings and errors, and all other lines, are",
    };
}
