using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using VzDump.Jobs;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;
using VzDump.Web.Shell;

namespace VzDump.Web.SignIn;

internal static class SignInServices
{
    // A call with a token is signed in by it, any other one by its cookie.
    private const string Either = "CookieOrToken";

    extension(IServiceCollection services)
    {
        public IServiceCollection AddSignIn(JobsOptions jobs)
        {
            if (jobs.PostgreSql is null)
            {
                services.AddDbContext<PeopleDbContext, SqlitePeopleDbContext>((provider, people) => Configure(provider, people, jobs));
            }
            else
            {
                services.AddDbContext<PeopleDbContext, PostgresPeopleDbContext>((provider, people) => Configure(provider, people, jobs));
            }

            services.AddIdentityCore<Person>(IdentityRules.Apply).AddEntityFrameworkStores<PeopleDbContext>().AddSignInManager();
            services.AddTransient<AuthenticatorCodes>();
            services.AddAuthentication(Either)
                .AddPolicyScheme(Either, null, either => either.ForwardDefaultSelector = context => TokenSignIn.TokenOf(context.Request) is null ? IdentityConstants.ApplicationScheme : TokenSignIn.SchemeName)
                .AddScheme<AuthenticationSchemeOptions, TokenSignIn>(TokenSignIn.SchemeName, null)
                .AddCookie(IdentityConstants.ApplicationScheme, IdentityRules.Apply)
                .AddCookie(IdentityConstants.TwoFactorUserIdScheme, IdentityRules.ApplyHalfWay)
                .AddCookie(IdentityConstants.TwoFactorRememberMeScheme, IdentityRules.ApplyHalfWay);
            services.AddRights();
            return services.AddSingleton<OneTimeCode>().AddSingleton<Installation>().AddSingleton<Greeting>();
        }

        private void AddRights()
        {
            services.AddSingleton<RightsBook>().AddSingleton<RightsChanges>().AddSingleton<RightsCommits>();
            services.AddSingleton<IAuthorizationHandler, RightsHandler>();
            services.AddScoped<Visitor>().AddScoped<AuthenticationStateProvider, CircuitVisitor>();
            services.AddAuthorizationBuilder()
                .AddPolicy(Policies.View, Of(new RightsRequirement(Role.Viewer)))
                .AddPolicy(Policies.ViewNode, Of(new RightsRequirement(Role.Viewer, OfAllGuests: true)))
                .AddPolicy(Policies.Operate, Of(new RightsRequirement(Role.Operator)))
                .AddPolicy(Policies.Administer, Of(new RightsRequirement(Role.Administrator, OfAllGuests: true)))
                .AddPolicy(Policies.InPerson, Of(new RightsRequirement(Role.Viewer, InPerson: true)))
                .SetDefaultPolicy(Of(new RightsRequirement(Role.Viewer)))
                .SetFallbackPolicy(Of(new RightsRequirement(Role.Viewer)));

            // Who started a run may have lost his rights before its turn came.
            services.AddSingleton<FindRunTerms>(provider => provider.GetRequiredService<TermsOfRuns>().ForAsync).AddSingleton<TermsOfRuns>();
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

    private static AuthorizationPolicy Of(RightsRequirement requirement) => new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(requirement).Build();

    private static void Configure(IServiceProvider provider, DbContextOptionsBuilder people, JobsOptions jobs)
    {
        ProductDatabase.Configure(people, jobs, PeopleDbContext.MigrationsTable);
        people.AddInterceptors(provider.GetRequiredService<RightsChanges>(), provider.GetRequiredService<RightsCommits>());
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
