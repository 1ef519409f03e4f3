using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using VzDump.Web.Shell;

namespace VzDump.Web.SignIn;

internal static class SignInServices
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddSignIn(DataFolder data)
        {
            services.AddDbContext<PeopleDbContext>(people => people.UseSqlite(
                $"Data Source={data.Database}", sqlite => sqlite.MigrationsHistoryTable(PeopleDbContext.MigrationsTable)));
            services.AddIdentityCore<Person>(IdentityRules.Apply)
                .AddRoles<IdentityRole>().AddEntityFrameworkStores<PeopleDbContext>().AddSignInManager();
            services.AddAuthentication(IdentityConstants.ApplicationScheme).AddCookie(IdentityConstants.ApplicationScheme, IdentityRules.Apply);
            services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
            return services.AddSingleton<OneTimeCode>().AddSingleton<Installation>().AddSingleton<Greeting>();
        }
    }

    extension(WebApplication app)
    {
        public void UseSignIn()
        {
            app.UseMiddleware<WelcomeGate>();
            app.UseAuthentication();
            app.UseAuthorization();
            app.UseAntiforgery();
        }

        public void MapSignIn() => app.MapPost("/signout", SignOutAsync);
    }

    extension(IServiceProvider services)
    {
        public async Task PreparePeopleAsync()
        {
            await using var scope = services.CreateAsyncScope();
            var database = scope.ServiceProvider.GetRequiredService<PeopleDbContext>().Database;
            await database.MigrateAsync();
            // Readers and the one writer then do not wait for each other; it is kept in the file.
            await database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL");
        }
    }

    // An endpoint without a form parameter is not checked by the antiforgery middleware.
    private static async Task<IResult> SignOutAsync(HttpContext context, IAntiforgery antiforgery, SignInManager<Person> signIn)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Results.BadRequest("This page was too old to sign out. Reload it and try again.");
        }

        await signIn.SignOutAsync();
        return Results.LocalRedirect("/signin");
    }
}
