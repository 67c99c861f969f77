using FedHe.Orchestration.Job;

namespace HospitalNetwork;

/// <summary>
/// The three programs of a federation. Each runs in the folder of its kit, whose appsettings.json has all that differs from machine to machine.
/// </summary>
internal static class Roles
{
    public const string LastRound = "last round";

    public static async Task<int> RunServerAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Services.AddFedHeServer(builder.Configuration.GetSection("FedHe"));
        if (builder.Configuration.GetConnectionString("FedHe") is string database)
        {
            builder.Services.AddFedHePostgreSql(database);
        }

        WebApplication app = builder.Build();
        app.MapFedHe("/fedhe/v1");
        await app.RunAsync();
        return 0;
    }

    public static async Task<int> RunAuthorityAsync()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddFedHeKeyAuthority(builder.Configuration.GetSection("FedHe")).Federation.AuthenticateByRosterAlone();
        await builder.Build().RunAsync();
        return 0;
    }

    public static async Task<int> RunHospitalAsync()
    {
        int result = 1;
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton(Patients.Of(builder.Configuration["Kit:Party"]!));
        IHost? host = null;
        builder.Services.AddFedHeClient(builder.Configuration.GetSection("FedHe"))
            .AddTrainer<LineTrainer>()
            .StartFrom(_ => Line.Initial)
            .OnModel((model, _) =>
            {
                Console.WriteLine($"{(model.Outcome is null ? "round" : LastRound)} {model.Round}: {Line.Describe(model.Parameters)}");
                if (model.Outcome is FederationOutcome outcome)
                {
                    result = outcome == FederationOutcome.Completed && model.Release == ModelRelease.MayBePublished && Line.IsLearned(model.Parameters) ? 0 : 1;
                    host!.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
                }

                return Task.CompletedTask;
            });
        host = builder.Build();
        await host.RunAsync();
        return result;
    }
}
