using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using VzDump.Jobs;
using VzDump.Jobs.Store;
using VzDump.Web.Shell;

namespace VzDump.Web.SignIn;

internal static class SignInServices
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddSignIn(JobsOptions jobs)
        {
            if (jobs.PostgreSql is null)
            {
                services.AddDbContext<PeopleDbContext, SqlitePeopleDbContext>(people => ProductDatabase.Configure(people, jobs, PeopleDbContext.MigrationsTable));
            }
            else
            {
                services.AddDbContext<PeopleDbContext, PostgresPeopleDbContext>(people => ProductDatabase.Configure(people, jobs, PeopleDbContext.MigrationsTable));
            }

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
            await ProductDatabase.MigrateAsync(
                scope.ServiceProvider.GetRequiredService<PeopleDbContext>().Database,
                services.GetRequiredService<JobsOptions>(),
                services.GetRequiredService<TimeProvider>(),
                CancellationToken.None);
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
