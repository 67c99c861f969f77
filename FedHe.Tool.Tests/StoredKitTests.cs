using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Metrics;
using FedHe.TestKit.Machines;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace FedHe.Tool.Tests;

/// <summary>Kits whose parties run, with metrics that clients report, and with the server in its folder or in a database.</summary>
public sealed class StoredKitTests
{
    private const string Training = "cp \"$FEDHE_GLOBAL_MODEL\" \"$FEDHE_LOCAL_MODEL\"; printf '{ \"Loss\": 0.25, \"note\": \"x\" }' > \"$FEDHE_METRICS\"";

    private static readonly string[] Clients = ["north", "south", "west", "east"];

    /// <summary>The watch and the status are those of a server that runs, and has the files of its sums open.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Job_OfKits_ShowsMetricsOfWhoReports_AndEndsAWatch(bool hasSumsInFiles)
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync($"clients: [ {string.Join(", ", Clients)} ]", "rounds: 2");
        kits.Change("server", settings => settings["FedHe"]!["Jobs"]!["heart"]!["SumsInFiles"] = hasSumsInFiles);

        await RunToEndAsync(kits, "--kit", kits["server"]);

        string folder = Path.Combine(kits["server"], KitFiles.Party);
        Directory.Exists(Path.Combine(folder, "mail")).Should().BeTrue();
        string sums = Path.Combine(folder, PartyFiles.Sums);
        (Directory.Exists(sums) && Directory.EnumerateFiles(sums, "*.sum").Any()).Should().Be(hasSumsInFiles);
    }

    [PostgreSqlFact]
    public async Task Job_OfKits_WithADatabase_KeepsNothingElsewhere_AndIsReadFromThere()
    {
        string schema = $"kits_{Guid.NewGuid():N}";
        await using RunningKits kits = await RunningKits.ProvisionAsync($"clients: [ {string.Join(", ", Clients)} ]", "rounds: 2", $"postgresql: \"{PostgreSqlCluster.Shared.ConnectionString}\"");
        kits.Change("server", settings => settings["PostgreSql"]!["Schema"] = schema);
        try
        {
            await RunToEndAsync(kits, "--kit", kits["server"]);

            string folder = Path.Combine(kits["server"], KitFiles.Party);
            foreach (string name in (string[])[PartyFiles.State, PartyFiles.Changes, PartyFiles.AuditLog, PartyFiles.Metrics])
            {
                File.Exists(Path.Combine(folder, name)).Should().BeFalse(name);
            }

            (await Fedhe.DoAsync("audit", "verify", "--kit", kits["server"])).Output.Should().NotBeEmpty();

            // A reader that was not told of the database must not say that there is nothing.
            kits.Change("server", settings => settings.Remove("PostgreSql"));
            foreach (string[] words in (string[][])[["status"], ["report"], ["watch", "--once"], ["audit", "verify"]])
            {
                ToolResult refused = await Fedhe.RunAsync([.. words, "--kit", kits["server"]]);
                refused.ExitCode.Should().Be(ExitCodes.Refused, string.Join(' ', words));
                refused.Errors.Should().Contain("database", string.Join(' ', words));
            }

            (await Fedhe.RunAsync(["status", "--kit", kits["server"], "--postgresql", PostgreSqlCluster.Shared.ConnectionString])).Output.Should().Contain("saved nothing", "the schema is another one");
        }
        finally
        {
            await using NpgsqlDataSource source = NpgsqlDataSource.Create(PostgreSqlCluster.Shared.ConnectionString);
            await using NpgsqlCommand command = source.CreateCommand(string.Create(CultureInfo.InvariantCulture, $"drop schema if exists {schema} cascade"));
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>The whole way of an operator: a server that has begun in its folder goes on in a database, and ends in its folder.</summary>
    [PostgreSqlFact]
    public async Task Server_OfAKit_IsMovedIntoADatabase_AndBack()
    {
        string schema = $"kits_{Guid.NewGuid():N}";
        await using RunningKits kits = await RunningKits.ProvisionAsync($"clients: [ {string.Join(", ", Clients)} ]", "rounds: 2");
        string connection = PostgreSqlCluster.Shared.ConnectionString;
        string[] move = ["server", "move", "--kit", kits["server"]];
        try
        {
            await BeginAsync(kits);
            (await Fedhe.RunAsync(move)).ExitCode.Should().Be(ExitCodes.WrongUsage, "no database is named");

            kits.Change("server", settings => settings["PostgreSql"] = new JsonObject { ["ConnectionString"] = connection, ["Schema"] = schema });
            ToolResult moved = await Fedhe.DoAsync([.. move, "--json"]);
            moved.Json.GetProperty("hasMoved").GetBoolean().Should().BeTrue();
            moved.Json.GetProperty("place").GetString().Should().Contain(schema);
            (await Fedhe.DoAsync([.. move, "--json"])).Json.GetProperty("hasMoved").GetBoolean().Should().BeFalse();
            (await Fedhe.DoAsync("status", "--kit", kits["server"])).Output.Should().NotContain("saved nothing");

            await BeginAsync(kits);
            ToolResult back = await Fedhe.DoAsync([.. move, "--to-folder"]);
            back.Output.Should().Contain("Take the section PostgreSql out of");
            ToolResult refused = await Fedhe.RunAsync(["server", "run", "--kit", kits["server"]]);
            refused.ExitCode.Should().Be(ExitCodes.Refused);
            (await Fedhe.RunAsync(["status", "--kit", kits["server"]])).Errors.Should().Contain("not in PostgreSQL database");

            kits.Change("server", settings => settings.Remove("PostgreSql"));
            await RunToEndAsync(kits, "--kit", kits["server"]);
        }
        finally
        {
            await using NpgsqlDataSource source = NpgsqlDataSource.Create(connection);
            await using NpgsqlCommand command = source.CreateCommand(string.Create(CultureInfo.InvariantCulture, $"drop schema if exists {schema} cascade"));
            await command.ExecuteNonQueryAsync();
        }
    }

    [Theory]
    [InlineData("server run --kit KIT --postgresql Host=x;Database=y;Password=geheim")]
    [InlineData("server move --kit KIT --postgresql Host=x;Database=y;Password=geheim")]
    [InlineData("server run --kit KIT --postgresql Host=x;Database=y;pwd=geheim")]
    [InlineData("server run --kit KIT --postgresql geheim")]
    [InlineData("status --kit KIT --postgresql Host=x;SSL=geheim;PSW=geheim")]
    [InlineData("status --kit KIT --postgresql postgresql://u:geheim@h/db?sslmode=require")]
    public async Task Password_InAnArgument_IsRefusedAndNotRepeated(string words)
    {
        using QuickKits kits = await QuickKits.ProvisionAsync();

        ToolResult result = await Fedhe.RunAsync([.. words.Split(' ').Select(word => word == "KIT" ? kits["server"] : word)]);

        result.ExitCode.Should().Be(ExitCodes.WrongUsage);
        result.Errors.Should().Contain("password").And.NotContain("geheim");
    }

    [Fact]
    public async Task Password_InAProject_IsRefused()
    {
        string folder = Directory.CreateTempSubdirectory("fedhe-project-").FullName;
        try
        {
            SmallModel.Write(Path.Combine(folder, "start.safetensors"), 0, 0);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "project.yaml"), "name: heart\nserver: https://x.example\nclients: [ a, b, c, d ]\nmodel: start.safetensors\nbound: 8\npostgresql: Host=x;Database=y;Password=geheim\n");

            ToolResult result = await Fedhe.RunAsync(["provision", Path.Combine(folder, "project.yaml"), "-o", Path.Combine(folder, "kits")]);

            result.ExitCode.Should().Be(ExitCodes.Refused);
            result.Errors.Should().Contain("line 6").And.Contain("Passfile").And.NotContain("geheim");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A server whose disk failed behind a write may have written the same report again.</summary>
    [Fact]
    public async Task Report_ThatIsInTheFileTwice_IsShownOnce()
    {
        using QuickKits kits = await QuickKits.ProvisionAsync();
        using var north = ClientIdentity.Create(new ClientId("north"));
        byte[] first = Sign(0.25);
        byte[] file = [.. first, .. first, .. Sign(0.5)];
        await File.WriteAllBytesAsync(Path.Combine(kits["server"], KitFiles.Party, PartyFiles.Metrics), file);

        JsonElement attempt = (await Fedhe.DoAsync("report", "--kit", kits["server"], "--json")).Json.GetProperty("attempts")[0];

        attempt.GetProperty("clients").GetProperty("north").GetProperty("loss").GetDouble().Should().Be(0.25);
        attempt.GetProperty("means")[0].GetProperty("clients").GetInt32().Should().Be(1);

        byte[] Sign(double loss) => MetricReport.Sign(Guid.NewGuid(), 1, 1, RoundMetrics.Of([KeyValuePair.Create("loss", loss)]), north).Bytes.ToArray();
    }

    /// <summary>.NET reads settings of a server from more places than the file of its kit; a database named there must not be passed over in favor of the folder.</summary>
    [Theory]
    [InlineData("appsettings.Production.json", """{ "PostgreSql": { "ConnectionString": "Host=x;Database=y" } }""")]
    [InlineData("appsettings.Production.json", """{ "PostgreSql": {} }""")]
    [InlineData("appsettings.json", """{ "PostgreSql": {} }""")]
    [InlineData("appsettings.json", """{ "PostgreSql": { "Schema": null } }""")]
    public async Task Database_ThatTheKitDoesNotRead_StartsNoServer(string file, string text)
    {
        using QuickKits kits = await QuickKits.ProvisionAsync();
        string path = Path.Combine(kits["server"], file);
        JsonNode settings = JsonNode.Parse(File.Exists(path) ? await File.ReadAllTextAsync(path) : "{}")!;
        settings["PostgreSql"] = JsonNode.Parse(text)!["PostgreSql"]!.DeepClone();
        await File.WriteAllTextAsync(path, settings.ToJsonString());

        Func<IHost> build = () => KitHost.BuildServer(Kit.Open(kits["server"]));

        build.Should().Throw<ToolException>().WithMessage("*PostgreSql*");
    }

    [Fact]
    public async Task Database_OfAnotherParty_IsWrongUsage()
    {
        using QuickKits kits = await QuickKits.ProvisionAsync();

        (await Fedhe.RunAsync(["status", "--kit", kits["north"], "--postgresql", "Host=x;Database=y"])).ExitCode.Should().Be(ExitCodes.WrongUsage);
    }

    /// <summary>Starts a server, and ends it when it has opened its job.</summary>
    private static async Task BeginAsync(RunningKits kits)
    {
        using var ending = new CancellationTokenSource();
        Task<ToolResult> server = Task.Run(() => Fedhe.RunAsync(["server", "run", "--kit", kits["server"]], ending.Token));
        using var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true });
        await kits.WaitForAsync(async () =>
        {
            server.IsCompleted.Should().BeFalse();
            try
            {
                return (await http.GetAsync(new Uri($"https://127.0.0.1:{kits.Port}{KitFiles.Endpoints}/health/ready"))).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        await ending.CancelAsync();
        await server;
    }

    /// <summary>Runs a job of two rounds in which north and south report, a watch follows, and holds reports to it.</summary>
    private static async Task RunToEndAsync(RunningKits kits, params string[] ofServer)
    {
        Task<ToolResult> server = kits.StartServer();
        _ = kits.StartAuthority();
        Task<ToolResult>[] clients =
        [
            .. Clients.Select(client => kits.Start(
                ["client", "run", "--kit", kits[client], "--samples", "10", .. client is "north" or "south" ? ["--report-metrics"] : Array.Empty<string>(), "--", "sh", "-c", Training])),
        ];
        Task<ToolResult> watch = kits.Start(["watch", .. ofServer, "--interval", "0.1"]);
        await kits.WaitForAsync(() => watch.IsCompleted && clients.All(client => client.IsCompleted));

        ToolResult watched = await watch;
        watched.ExitCode.Should().Be(ExitCodes.Done, watched.Errors);
        watched.Output.Should().Contain("The job has ended: Completed.").And.Contain("north reports of round 1, attempt 1: loss 0.25.").And.NotContain("west reports");
        (await clients[0]).Errors.Should().Contain("Not reported").And.Contain("note");
        (await clients[2]).Errors.Should().NotContain("Not reported", "who reports nothing leaves nothing out");
        server.IsCompleted.Should().BeFalse();

        ToolResult report = await Fedhe.DoAsync(["report", .. ofServer, "--round", "1"]);
        report.Output.Should().Contain("Metrics of round 1, attempt 1").And.Contain("loss 0.25 (of 2)").And.Contain("  north: loss 0.25");
        JsonElement newest = (await Fedhe.DoAsync(["report", .. ofServer, "--json"])).Json;
        newest.GetProperty("round").GetInt32().Should().Be(2);
        newest.GetProperty("attempts")[0].GetProperty("clients").EnumerateObject().Select(client => client.Name).Should().Equal("north", "south");
        (await Fedhe.RunAsync(["report", .. ofServer, "--round", "9"])).ExitCode.Should().Be(ExitCodes.TryAgain);
        JsonElement status = (await Fedhe.DoAsync(["status", .. ofServer, "--json"])).Json;
        status.GetProperty("outcome").GetString().Should().Be("Completed");
        status.GetProperty("metrics").GetProperty("means")[0].GetProperty("clients").GetInt32().Should().Be(2);
        (await Fedhe.DoAsync(["watch", .. ofServer, "--once"])).Output.Should().Contain("The job has ended: Completed.");
    }
}
