using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using VzDump.Engine;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Settings;
using VzDump.Web.Logging;
using VzDump.Web.SignIn;

namespace VzDump.Web.Shell;

internal static class ShellPipeline
{
    extension(WebApplication app)
    {
        public WebApplication UseShell()
        {
            app.UseMiddleware<ClosingDoor>();
            app.UseMiddleware<SecurityHeaders>();
            app.UseExceptionHandler("/error", createScopeForErrors: true);
            app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
            app.Use(KeepPlainStatusCodes);
            app.UseRouting();
            return app;
        }

        public void MapShell()
        {
            app.MapStaticAssets().AllowAnonymous();
            app.MapGet("/healthz", Health.AnswerAsync).AllowAnonymous().ExcludeFromDescription();
            app.MapRazorComponents<App>().AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = "'none'");
        }

        /// <summary>Says where the dashboard is, once it can be reached there, and stays until the program is told to end. Answers its exit code.</summary>
        public async Task<int> RunDashboardAsync()
        {
            try
            {
                await app.StartAsync();
            }
            catch (IOException error) when (error.InnerException is AddressInUseException)
            {
                await Console.Error.WriteLineAsync($"{error.Message} Another program, perhaps another VzDump.Web, answers there: end it, or give --urls another address.");
                return 1;
            }

            catch (ProblemException problem)
            {
                await Console.Error.WriteLineAsync(problem.Message);
                return 1;
            }

            await app.Services.GetRequiredService<LogLevels>().RestoreAsync(app.Services.GetRequiredService<ProductSettings>(), CancellationToken.None);
            app.Services.GetRequiredService<KnownSecrets>().Add((await app.Services.GetRequiredService<MailSettings>().ReadAsync(CancellationToken.None)).Options.Password);
            await app.Services.GetRequiredService<Greeting>().WriteAsync(app.Urls, Console.Out);
            await app.WaitForShutdownAsync();
            return 0;
        }
    }

    // A re-executed request is a GET for a page: it would turn a hub's 401 into a 400 and hide what a form or Hangfire answered.
    private static async Task KeepPlainStatusCodes(HttpContext context, RequestDelegate next)
    {
        var wantsPage = HttpMethods.IsGet(context.Request.Method)
            && !TokenSignIn.IsForPrograms(context.Request.Path)
            && !context.Request.Path.StartsWithSegments("/hangfire", StringComparison.OrdinalIgnoreCase);
        if (!wantsPage && context.Features.Get<IStatusCodePagesFeature>() is { } pages)
        {
            pages.Enabled = false;
        }

        await next(context);

        // Such as 404 for an address that there is not, or 415 for what is no JSON: bare, until here.
        if (context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
            && context.Response is { StatusCode: >= StatusCodes.Status400BadRequest, HasStarted: false, ContentType: null, ContentLength: null })
        {
            await Results.Problem(statusCode: context.Response.StatusCode).ExecuteAsync(context);
        }
    }
}
