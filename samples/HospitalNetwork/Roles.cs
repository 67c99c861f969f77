using FedHe.Orchestration.Job;

namespace HospitalNetwork;

/// <summary>The three programs of a federation. What differs from machine to machine is in the settings of their folders.</summary>
internal static class Roles
{
    public static async Task<int> RunServerAsync(string folder)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Configuration.AddJsonFile(Path.Combine(folder, Folders.Settings));
        builder.Services.AddFedHeServer(builder.Configuration.GetSection("FedHe"));
        WebApplication app = builder.Build();
        app.MapFedHe("/fedhe/v1");
        await app.RunAsync();
        return 0;
    }

    public static async Task<int> RunAuthorityAsync(string folder)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddJsonFile(Path.Combine(folder, Folders.Settings));
        builder.Services.AddFedHeKeyAuthority(builder.Configuration.GetSection("FedHe")).Federation.AuthenticateByRosterAlone();
        await builder.Build().RunAsync();
        return 0;
    }

    public static async Task<int> RunHospitalAsync(string folder)
    {
        int result = 1;
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddJsonFile(Path.Combine(folder, Folders.Settings));
        builder.Services.AddSingleton(Patients.Read(folder));
        IHost? host = null;
        builder.Services.AddFedHeClient(builder.Configuration.GetSection("FedHe"))
            .AddTrainer<LineTrainer>()
            .StartFrom(_ => Line.Initial)
            .OnModel((model, _) =>
            {
                Console.WriteLine($"{(model.Outcome is null ? "round" : Folders.LastRound)} {model.Round}: {Line.Describe(model.Parameters)}");
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
