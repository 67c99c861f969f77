using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Job;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FedHe.Tool.Tests;

/// <summary>Kits whose parties run.</summary>
public sealed class RunningKitTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private static readonly string[] Staying = ["north", "south", "west", "east"];

    [Fact]
    public async Task Epoch_ThatAClientLeaves_IsInTheStatusOfAll_AndEndsTheClientInPeace()
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync("clients: [ north, south, west, east, five ]", "keys: committee:4", "quorum: 3", "rounds: 1000000");
        _ = kits.StartServer();
        _ = kits.StartAuthority();
        Task<ToolResult> leaving = kits.StartClient("five");
        foreach (string client in Staying)
        {
            _ = kits.StartClient(client);
        }

        await kits.WaitForAsync(() => RoundNote.RoundsOf(kits["five"]).Count > 0);
        JsonElement first = (await kits.StatusAsync("server")).Json;
        first.GetProperty("epoch").GetInt32().Should().Be(1);
        string request = Path.Combine(kits["authority"], KitFiles.Party, PartyFiles.EpochRequest);
        await File.WriteAllTextAsync($"{request}.tmp", """{ "epoch": 2, "leave": ["five"] }""");
        File.Move($"{request}.tmp", request);
        await kits.WaitForAsync(() => leaving.IsCompleted && !File.Exists(Path.Combine(kits["north"], KitFiles.Party, "keys.sealed")));

        ToolResult left = await leaving;
        left.ExitCode.Should().Be(ExitCodes.Done, left.Errors);
        left.Output.Should().Contain("has left the job");
        (await kits.StatusAsync("five")).Json.GetProperty("outcome").GetString().Should().Be(nameof(FederationOutcome.Left));
        foreach (string party in Staying.Append("server").Append("authority"))
        {
            JsonElement status = (await kits.StatusAsync(party)).Json;
            status.GetProperty("epoch").GetInt32().Should().Be(2, party);
            status.GetProperty("clients").EnumerateArray().Select(client => client.GetString()).Should().BeEquivalentTo(Staying, party);
            status.GetProperty("digest").GetString().Should().Be(first.GetProperty("digest").GetString(), "the description of the job is the same in all epochs");
        }

        JsonElement north = (await kits.StatusAsync("north")).Json;
        north.GetProperty("hasKeys").GetBoolean().Should().BeTrue("the keys of the second epoch have another name");
        north.GetProperty("isMember").GetBoolean().Should().BeTrue("four members are needed, and four clients are left");

        // The server counts clients that announced themselves, as its saved state has them.
        await kits.WaitForAsync(async () => (await kits.StatusAsync("server")).Json.GetProperty("available").GetArrayLength() == Staying.Length);
    }

    [Fact]
    public async Task Authority_WhoseAdministratorsMustApprove_LetsTheJobBeginWhenTheyHave()
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync(
            "clients: [ north, south, west, east ]", "rounds: 1000000", "authority: { approvals: 2, administrators: [ anna, ben, carla ] }");
        _ = kits.StartServer();
        _ = kits.StartAuthority();
        foreach (string client in Staying)
        {
            _ = kits.StartClient(client);
        }

        await kits.WaitForAsync(async () => (await kits.StatusAsync("authority")).Json.GetProperty("waiting").GetArrayLength() == Staying.Length);
        foreach (string administrator in (string[])["anna", "carla"])
        {
            Staying.Should().NotContain(client => File.Exists(Path.Combine(kits[client], KitFiles.Party, "keys.sealed")));
            string[] requests = Directory.GetFiles(Path.Combine(kits["authority"], KitFiles.Party, PartyFiles.ApprovalRequests));
            ToolResult shown = await Fedhe.RunAsync(["approve", .. requests, "--kit", kits[administrator], "--json"]);
            string[] fingerprints = [.. shown.Json.GetProperty("fingerprints").EnumerateArray().Select(one => one.GetString()!)];
            await Fedhe.DoAsync(["approve", .. requests, "--kit", kits[administrator], "--out", Path.Combine(kits["authority"], KitFiles.Party, PartyFiles.Approvals), "--expect", .. fingerprints]);
        }

        await kits.WaitForAsync(() => Staying.All(client => RoundNote.RoundsOf(kits[client]).Count > 0));
        (await kits.StatusAsync("authority")).Json.GetProperty("waiting").GetArrayLength().Should().Be(0);

        // The administrators hold the log of the authority against the heads that came with what they approved.
        string log = Path.Combine(kits["authority"], KitFiles.Party, PartyFiles.AuditLog);
        ToolResult held = await Fedhe.DoAsync("audit", "verify", log, "--kit", kits["anna"], "--json");
        held.Json.GetProperty("author").GetString().Should().Be("Authority");
        held.Json.GetProperty("vouchedFor").GetInt32().Should().BeGreaterThan(2);
        (await Fedhe.DoAsync("audit", "verify", "--kit", kits["authority"])).Output.Should().Contain("Audit log of the key authority").And.Contain("No head of an administrator was compared");
        (await Fedhe.RunAsync(["audit", "verify", log, "--kit", kits["north"]])).ExitCode.Should().Be(ExitCodes.Refused, "it is not the log of the server");
        await Fedhe.DoAsync("audit", "verify", log, "--kit", kits["north"], "--authority");
        string page = Path.Combine(kits.Folder, "page.html");
        await Fedhe.DoAsync("audit", "page", "--kit", kits["authority"], "-o", page);
        (await File.ReadAllTextAsync(page)).Should().Contain("entries are signed by the key authority of the job").And.Contain("approvedBy: anna carla").And.NotContain("Sums, and whose data");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_OfALateKit_JoinsTheJobThatRuns(bool ownsKeys)
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync("clients: [ north, south, west, east ]", "keys: committee:4", "rounds: 1000000");
        _ = kits.StartServer();
        _ = kits.StartAuthority();
        foreach (string client in Staying)
        {
            _ = kits.StartClient(client);
        }

        await kits.WaitForAsync(() => RoundNote.RoundsOf(kits["north"]).Count > 0);
        await kits.AddToProjectAsync("five", ownsKeys);
        ToolResult made = await kits.ProvisionLateAsync("five");
        string card = made.Json.GetProperty("card").GetString()!;
        string pin = made.Json.GetProperty("pin").GetString()!;
        if (ownsKeys)
        {
            Directory.GetFiles(kits["five"], "*", SearchOption.AllDirectories).Should().NotContain(file => file.EndsWith(PartyFiles.Identity, StringComparison.Ordinal));
            await Fedhe.DoAsync("kit", "join", kits.Own, kits["five"], "--expect", made.Json.GetProperty("digest").GetString()!);
        }

        // The server's operator acts while the server runs, and the authority's by the file that it looks for.
        (await Fedhe.RunAsync(["server", "admit", card, "--kit", kits["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain, "nobody has compared the pin");
        (await Fedhe.RunAsync(["server", "admit", card, "--kit", kits["server"], "--expect", new string('0', 64)])).ExitCode.Should().Be(ExitCodes.Refused);
        (await Fedhe.DoAsync("server", "admit", card, "--kit", kits["server"], "--expect", pin, "--json")).Json.GetProperty("isNew").GetBoolean().Should().BeTrue();
        (await Fedhe.DoAsync("server", "admit", card, "--kit", kits["server"], "--expect", pin, "--json")).Json.GetProperty("isNew").GetBoolean().Should().BeFalse();
        _ = ownsKeys ? kits.StartClientIn(kits.Own) : kits.StartClient("five");
        string party = Path.Combine(kits["authority"], KitFiles.Party);
        Directory.CreateDirectory(Path.Combine(party, PartyFiles.Cards));
        File.Copy(card, Path.Combine(party, PartyFiles.Cards, "five.card"));
        string request = Path.Combine(party, PartyFiles.EpochRequest);
        await File.WriteAllTextAsync($"{request}.tmp", $$"""{ "epoch": 2, "join": { "five": "{{made.Json.GetProperty("fingerprint").GetString()}}" } }""");
        File.Move($"{request}.tmp", request);
        string kit = ownsKeys ? kits.Own : kits["five"];
        await kits.WaitForAsync(() => RoundNote.RoundsOf(kit).Count > 0);

        (await Fedhe.DoAsync("status", "--kit", kits["server"], "--json")).Json.GetProperty("clients").EnumerateArray().Select(one => one.GetString()).Should().Contain("five");
        ToolResult audit = await Fedhe.DoAsync("audit", "verify", "--kit", kits["authority"], "--json");
        audit.Json.GetProperty("author").GetString().Should().Be("Authority");
        audit.Json.GetProperty("isIntact").GetBoolean().Should().BeTrue();
        (await Fedhe.RunAsync(["kit", "add", kits.Project, "--name", "five", "-o", kits.Folder])).Errors.Should().Contain("is a client of the job already");
    }

    [Fact]
    public async Task Pins_InTheSettingsOfAServer_ChangeWithoutARestart()
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync("clients: [ north, south, west, east ]");
        string path = Path.Combine(kits["server"], KitFiles.Settings);
        string whole = await File.ReadAllTextAsync(path);
        using IHost server = KitHost.BuildServer(Kit.Open(kits["server"]));
        await server.StartAsync();
        (await AskAsNorthAsync(kits)).Should().Be(HttpStatusCode.NoContent);

        Task reload = ReloadOf(server);
        kits.Change("server", settings => settings["FedHe"]!["Jobs"]!["heart"]!["ClientKeys"]!["north"] = new JsonArray(new string('0', 64)));
        await reload.WaitAsync(Longest);
        await kits.WaitForAsync(async () => await AskAsNorthAsync(kits) is null);

        reload = ReloadOf(server);
        await File.WriteAllTextAsync(path, whole);
        await reload.WaitAsync(Longest);
        await kits.WaitForAsync(async () => await AskAsNorthAsync(kits) == HttpStatusCode.NoContent);
        await server.StopAsync();
    }

    [Fact]
    public async Task Settings_ThatAreTornOrGone_LeaveTheServerAsItIs()
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync("clients: [ north, south, west, east ]");
        string path = Path.Combine(kits["server"], KitFiles.Settings);
        using IHost server = KitHost.BuildServer(Kit.Open(kits["server"]));
        await server.StartAsync();
        foreach (Action harm in (Action[])[() => File.WriteAllText(path, "{"), () => File.Delete(path)])
        {
            Task reload = ReloadOf(server);
            harm();
            await reload.WaitAsync(Longest);

            // Whatever a server would do with an empty configuration, such as listening nowhere, it does soon.
            for (int i = 0; i < 20; i++)
            {
                (await AskAsNorthAsync(kits)).Should().Be(HttpStatusCode.NoContent);
                await Task.Delay(50);
            }
        }

        await server.StopAsync();
    }

    [Fact]
    public async Task Dashboard_OfAKitWithoutEndpoints_IsRefused()
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync("clients: [ north, south, west, east ]");
        string path = Path.Combine(kits["server"], KitFiles.Settings);
        JsonObject settings = JsonNode.Parse(await File.ReadAllTextAsync(path))!.AsObject();
        settings.Remove("Kestrel").Should().BeTrue();
        await File.WriteAllTextAsync(path, settings.ToJsonString());
        Kit kit = Kit.Open(kits["server"]);

        FluentActions.Invoking(() => KitHost.BuildServer(kit, dashboard: 4000)).Should().Throw<ToolException>().WithMessage("*Kestrel:Endpoints*");
    }

    /// <summary>The dashboard is on a port of this machine alone, and the address of the parties shows nothing of it.</summary>
    [Fact]
    public async Task Dashboard_OfAKit_IsReadOnItsOwnPortAlone()
    {
        await using RunningKits kits = await RunningKits.ProvisionAsync("clients: [ north, south, west, east ]");
        (IHost host, int port) = await StartWithDashboardAsync(kits);
        using IHost server = host;
        using X509Certificate2 own = CertificateIn(kits["north"]);
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true, AllowAutoRedirect = false };
        handler.ClientCertificates.Add(own);
        using var http = new HttpClient(handler);
        foreach (string part in (string[])[string.Empty, "/snapshot", "/dashboard.js"])
        {
            string here = $"http://127.0.0.1:{port}{KitFiles.Dashboard}{part}";
            (await http.GetAsync(new Uri(here))).StatusCode.Should().Be(HttpStatusCode.OK);
            using var rebound = new HttpRequestMessage(HttpMethod.Get, here) { Headers = { Host = "elsewhere.example" } };
            (await http.SendAsync(rebound)).StatusCode.Should().Be(HttpStatusCode.Forbidden, "a page of another site may have its name point to this machine");
            using var parties = new HttpRequestMessage(HttpMethod.Get, $"https://127.0.0.1:{kits.Port}{KitFiles.Dashboard}{part}") { Headers = { Host = $"127.0.0.1:{port}" } };
            (await http.SendAsync(parties)).StatusCode.Should().Be(HttpStatusCode.Forbidden, "nobody who reaches the address of the parties may see it");
        }

        Guid job = JobFile.Read(Path.Combine(kits["north"], KitFiles.Party, PartyFiles.Job)).JobId;
        (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/fedhe/v1/jobs/{job}/parties/north/messages/next?wait=0"))).IsSuccessStatusCode.Should().BeFalse("a party is known by its certificate");
        await server.StopAsync();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("x")]
    public async Task Dashboard_OnNoPort_IsWrongUsage(string port)
        => (await Fedhe.RunAsync(["server", "run", "--kit", ".", "--dashboard", port])).ExitCode.Should().Be(ExitCodes.WrongUsage);

    /// <summary>Starts a server whose dashboard is on a free port; another test may take the port first, and then the server tries the next.</summary>
    private static async Task<(IHost Server, int Port)> StartWithDashboardAsync(RunningKits kits)
    {
        for (int attempt = 1; ; attempt++)
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            int port = ((IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            IHost server = KitHost.BuildServer(Kit.Open(kits["server"]), port);
            try
            {
                await server.StartAsync();
                return (server, port);
            }
            catch (IOException) when (attempt < 5)
            {
                server.Dispose();
            }
        }
    }

    private static Task ReloadOf(IHost host)
    {
        var reloaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IConfiguration>().GetReloadToken().RegisterChangeCallback(_ => reloaded.SetResult(), state: null);
        return reloaded.Task;
    }

    /// <summary>Asks for a message with the certificate of a client, and returns null where there is no connection.</summary>
    private static async Task<HttpStatusCode?> AskAsNorthAsync(RunningKits kits)
    {
        using X509Certificate2 own = CertificateIn(kits["north"]);
        using X509Certificate2 server = CertificateIn(kits["server"]);
        var pin = CertificatePin.Of(server);
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown is not null && CertificatePin.Of(shown) == pin };
        handler.ClientCertificates.Add(own);
        using var http = new HttpClient(handler);
        Guid job = JobFile.Read(Path.Combine(kits["north"], KitFiles.Party, PartyFiles.Job)).JobId;
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri($"https://127.0.0.1:{kits.Port}/fedhe/v1/jobs/{job}/parties/north/messages/next?wait=0"));
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static X509Certificate2 CertificateIn(string kit)
        => X509Certificate2.CreateFromPemFile(Path.Combine(kit, KitFiles.Certificate), Path.Combine(kit, KitFiles.CertificateKey));
}
