using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using FedHe.Hosting.AspNetCore.Dashboard;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Dashboard;

/// <summary>Who may see the dashboard, and what is on it.</summary>
public sealed class DashboardTests : IDisposable
{
    private const string Path = "/fedhe/dashboard";

    private readonly SmallFederation _federation = new();

    public static TheoryData<string> Parts => [string.Empty, "/dashboard.css", "/dashboard.js", "/snapshot", "/events"];

    public void Dispose() => _federation.Dispose();

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Part_IsOpenToWhoIsAuthorized(string part)
    {
        await using TestServer server = await StartAsync(app => app.MapFedHeDashboard(Path).RequireAuthorization("operators"));
        using HttpClient http = server.Connect(certificate: null);

        foreach ((string? token, HttpStatusCode expected) in new[] { (null, HttpStatusCode.Unauthorized), ("forged", HttpStatusCode.Unauthorized), ("good operator", HttpStatusCode.OK) })
        {
            http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.Root}{Path}{part}"), HttpCompletionOption.ResponseHeadersRead);
            response.StatusCode.Should().Be(expected);
        }
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Part_IsOpenToThisMachineUnderItsOwnName(string part)
    {
        await using TestServer server = await StartOpenAsync();
        using HttpClient http = server.Connect(certificate: null);

        using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.Root}{Path}{part}"), HttpCompletionOption.ResponseHeadersRead);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{server.Root}{Path}{part}")) { Headers = { Host = "elsewhere.example" } };
        using HttpResponseMessage rebound = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        rebound.StatusCode.Should().Be(HttpStatusCode.Forbidden, "a page of another site may have its name point to this machine");
        server.Log.Entries.Should().Contain(entry => entry.Event == 411);
    }

    [NetworkFact]
    public async Task Dashboard_WithoutPolicy_DoesNotStartOnTheNetwork()
    {
        (await FluentActions.Awaiting(() => StartAsync(app => app.MapFedHeDashboard(Path), NetworkFactAttribute.Address)).Should().ThrowAsync<HostingException>())
            .Which.Error.Should().Be(HostingError.AuthorizationRequired);
        (await FluentActions.Awaiting(() => StartAsync(app => app.MapFedHeDashboard(Path).RequireAuthorization("operators").AllowAnonymous(), NetworkFactAttribute.Address)).Should().ThrowAsync<HostingException>())
            .Which.Error.Should().Be(HostingError.AuthorizationRequired);
        await using TestServer server = await StartAsync(app => app.MapFedHeDashboard(Path).RequireAuthorization("operators"), NetworkFactAttribute.Address);
        using HttpClient http = server.Connect(certificate: null);
        using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.Root}{Path}/snapshot"));
        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Dashboard_WithAPolicyThatTheHostLacks_DoesNotStart()
        => (await FluentActions.Awaiting(() => StartAsync(app => app.MapFedHeDashboard(Path).RequireAuthorization("nobody"))).Should().ThrowAsync<HostingException>())
            .Which.Error.Should().Be(HostingError.ServiceMissing);

    [Fact]
    public async Task Page_BringsAllThatItNeedsAndForbidsTheRest()
    {
        await using TestServer server = await StartOpenAsync();
        using HttpClient http = server.Connect(certificate: null);

        using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.Root}{Path}"));
        string page = await response.Content.ReadAsStringAsync();
        string script = await http.GetStringAsync(new Uri($"{server.Root}{Path}/dashboard.js"));
        string style = await http.GetStringAsync(new Uri($"{server.Root}{Path}/dashboard.css"));
        using HttpResponseMessage slash = await http.GetAsync(new Uri($"{server.Root}{Path}/"));

        response.Headers.GetValues("Content-Security-Policy").Single().Should().StartWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';").And.NotContain("unsafe");
        response.Headers.GetValues("X-Content-Type-Options").Single().Should().Be("nosniff");
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/html");
        page.Should().Contain("src=\"dashboard/dashboard.js\"").And.Contain("href=\"dashboard/dashboard.css\"").And.NotContainAny("http:", "https:", "//", "<style", "style=", "onload", "{own}");
        script.Should().NotContainAny("http:", "https:", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(");
        style.Should().Contain("prefers-color-scheme: dark").And.NotContainAny("http:", "https:", "url(", "@import");
        slash.RequestMessage!.RequestUri!.AbsolutePath.Should().Be(Path, "the page names its parts beside itself");
    }

    [Fact]
    public async Task Snapshot_ShowsWhoIsInAndWhoIsLate()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await StartOpenAsync();
        using HttpClient http = server.Connect(certificate: null);
        await round.AnnounceAsync(http, server);
        for (int uploads = 0; uploads < PartyNames.Clients.Count; uploads++)
        {
            await round.AdvanceToUploadAsync(http, server);
            if (uploads + 1 < PartyNames.Clients.Count)
            {
                await http.PostAsync(server.MessagesOf(round.Uploads[^1].Client), round.Uploads[^1].Upload);
            }
        }

        // What its sender did not sign is refused.
        byte[] spoiled = round.Uploads[0].Upload.ToArray();
        spoiled[^1] ^= 1;
        await http.PostAsync(server.MessagesOf(round.Uploads[0].Client), spoiled);
        JsonNode job = (await SnapshotAsync(server, http))["jobs"]![0]!;

        string late = round.Uploads[^1].Client;
        job["phase"]!.GetValue<string>().Should().Be("Collecting");
        job["round"]!.GetValue<int>().Should().Be(1);
        job["rounds"]!.GetValue<int>().Should().Be(SmallJob.Rounds);
        JsonNode[] clients = [.. job["parties"]!.AsArray().Where(party => (string)party!["state"]! != "authority")!];
        clients.Should().OnlyContain(party => (string)party["state"]! == "here" && (bool)party["isMember"]!);
        clients.Where(party => (bool)party["isLate"]!).Select(party => (string)party["name"]!).Should().Equal(late);
        clients.Where(party => (string)party["doing"]! == "uploaded").Should().HaveCount(PartyNames.Clients.Count - 1);
        JsonNode first = job["attempts"]![0]!["parties"]!.AsArray().First(party => (string)party!["party"]! == round.Uploads[0].Client)!;
        first["phases"]!.AsArray().Select(phase => (string)phase!["kind"]!).Should().Equal("invitation", "training", "upload", "others");
        first["uploadBytes"]!.GetValue<int>().Should().Be(round.Uploads[0].Upload.Length);
        job["refusals"]!.AsArray().Should().ContainSingle().Which!["reason"]!.GetValue<string>().Should().Be("BadSignature");
        job["error"]!["promisedBits"]!.GetValue<double>().Should().BePositive();
        job["audit"]!["number"]!.GetValue<long>().Should().BePositive();

        await http.PostAsync(server.MessagesOf(late), round.Uploads[^1].Upload);
        await round.RunToEndAsync(http, server);
        job = (await SnapshotAsync(server, http))["jobs"]![0]!;
        job["outcome"]!.GetValue<string>().Should().Be("Completed");
        job["lastSum"]!.GetValue<int>().Should().Be(SmallJob.Rounds);
        job["attempts"]!.AsArray().SelectMany(attempt => attempt!["parties"]!.AsArray()).Should().OnlyContain(party => (string)party!["phases"]!.AsArray().Last()!["kind"]! == "opening" && party["sumBytes"]!.GetValue<int>() > 0);
    }

    [Fact]
    public async Task Events_BringSnapshots()
    {
        await using TestServer server = await StartOpenAsync();
        using HttpClient http = server.Connect(certificate: null);
        using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.Root}{Path}/events"), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
        response.Headers.CacheControl!.NoTransform.Should().BeTrue("a proxy that compresses gathers first");
        response.Headers.GetValues("X-Accel-Buffering").Should().Equal("no");
        (await reader.ReadLineAsync()).Should().Be("event: snapshot");
        string data = (await reader.ReadLineAsync())!;
        data.Should().StartWith("data: {");
        JsonNode.Parse(data[6..])!["isReady"]!.GetValue<bool>().Should().BeTrue();
    }

    [Fact]
    public async Task Snapshot_OfAHostileName_HasNoMarkup()
    {
        await using TestServer server = await TestServer.StartAsync(
            _federation,
            new Dictionary<string, string?> { ["FedHe:Jobs:</script><img src=x>:Folder"] = _federation.FolderOf("server") },
            kestrel => kestrel.Listen(IPAddress.Loopback, 0),
            map: app => app.MapFedHeDashboard(Path));
        using HttpClient http = server.Connect(certificate: null);

        string text = await http.GetStringAsync(new Uri($"{server.Root}{Path}/snapshot"));

        text.Should().NotContain("<");
        JsonNode.Parse(text)!["jobs"]![0]!["name"]!.GetValue<string>().Should().Be("</script><img src=x>");
    }

    /// <summary>However many viewers ask, and however often, the server makes one snapshot in half a second.</summary>
    [Fact]
    public async Task Snapshot_IsMadeOnceInHalfASecond()
    {
        var clock = new StandingClock();
        await using TestServer server = await TestServer.StartAsync(
            _federation,
            _federation.ServerSettings(hasPins: false),
            kestrel => kestrel.Listen(IPAddress.Loopback, 0),
            services => services.AddSingleton<TimeProvider>(clock).AddSingleton(new DashboardLimits()),
            app => app.MapFedHeDashboard(Path));
        using HttpClient http = server.Connect(certificate: null);

        string first = await http.GetStringAsync(new Uri($"{server.Root}{Path}/snapshot"));
        clock.Pass(TimeSpan.FromMilliseconds(499));
        string same = await http.GetStringAsync(new Uri($"{server.Root}{Path}/snapshot"));
        clock.Pass(TimeSpan.FromMilliseconds(1));
        string next = await http.GetStringAsync(new Uri($"{server.Root}{Path}/snapshot"));

        same.Should().Be(first);
        next.Should().NotBe(first, "it says when it was made");
    }

    private static async Task<JsonNode> SnapshotAsync(TestServer server, HttpClient http)
        => JsonNode.Parse(await http.GetStringAsync(new Uri($"{server.Root}{Path}/snapshot")))!;

    private Task<TestServer> StartOpenAsync()
        => TestServer.StartAsync(_federation, _federation.ServerSettings(hasPins: false), kestrel => kestrel.Listen(IPAddress.Loopback, 0), map: app => app.MapFedHeDashboard(Path));

    private Task<TestServer> StartAsync(Action<WebApplication> map, IPAddress? address = null)
        => TestServer.StartAsync(
            _federation,
            _federation.ServerSettings(),
            kestrel => kestrel.Listen(address ?? IPAddress.Loopback, 0, listen => listen.UseHttps(_federation.ServerCertificate)),
            services => services.AddWordTokens("operators"),
            map);

    /// <summary>A clock that stands until it is told to go on; its timers are the system's.</summary>
    private sealed class StandingClock : TimeProvider
    {
        private long _ticks = System.GetUtcNow().Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
    }
}
