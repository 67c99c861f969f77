using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Protection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Who may call what.</summary>
public sealed class AccessTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Mailbox_WithoutCertificate_IsRefused()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);

        using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.MessagesOf("c1")}/next"));

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await response.ProblemAsync()).Should().Be("no-identity");
    }

    [Theory]
    [InlineData("c2")]
    [InlineData(SmallFederation.Authority)]
    public async Task Mailbox_OfAnotherParty_IsRefused(string caller)
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using HttpClient http = server.ConnectAs(caller);

        using HttpResponseMessage next = await http.GetAsync(new Uri($"{server.MessagesOf("c1")}/next"));
        using HttpResponseMessage delete = await http.DeleteAsync(new Uri($"{server.MessagesOf("c1")}/{Guid.Empty:N}-1"));

        next.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await next.ProblemAsync()).Should().Be("not-authorized");
        delete.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Mailbox_OfTheAuthority_IsRefusedToClients()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using HttpClient http = server.ConnectAs("c1");

        using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.MessagesOf(SmallFederation.Authority)}/next"));

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Message_ForAnotherSender_IsRefused()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        using HttpClient http = server.ConnectAs("c2");

        using HttpResponseMessage asItself = await http.PostAsync(server.MessagesOf("c2"), client.Announce());
        using HttpResponseMessage asTheOther = await http.PostAsync(server.MessagesOf("c1"), client.Announce());

        (await asItself.ProblemAsync()).Should().Be("wrong-sender");
        (await asTheOther.ProblemAsync()).Should().Be("not-authorized");
    }

    [Fact]
    public async Task Certificate_Unknown_EndsAtTheHandshake()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using X509Certificate2 stranger = TestCertificate.Create("c1");
        using HttpClient http = server.Connect(stranger);

        await http.Invoking(client => client.GetAsync(new Uri($"{server.Address}/health/live"))).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task Certificate_Expired_EndsAtTheHandshake()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using ECDsa key = _federation.Certificates["c1"].GetECDsaPrivateKey()!;
        using X509Certificate2 expired = TestCertificate.Create("c1", from: TimeSpan.FromDays(-2), to: TimeSpan.FromDays(-1), key);
        using HttpClient http = server.Connect(expired);

        await http.Invoking(client => client.GetAsync(new Uri($"{server.MessagesOf("c1")}/next"))).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task Certificate_RenewedWithItsKey_IsTheSameParty()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using ECDsa key = _federation.Certificates["c1"].GetECDsaPrivateKey()!;
        using X509Certificate2 renewed = TestCertificate.Create("c1", to: TimeSpan.FromDays(9), key: key);
        using HttpClient http = server.Connect(renewed);

        (await http.NextAsync(server.MessagesOf("c1"))).Should().BeNull();
    }

    [Fact]
    public async Task Job_ThatIsNone_LooksLikeOneOfOthers()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using HttpClient http = server.ConnectAs("c1");

        using HttpResponseMessage none = await http.GetAsync(new Uri($"{server.Address}/jobs/{Guid.NewGuid()}/parties/c1/messages/next"));
        using HttpResponseMessage other = await http.GetAsync(new Uri($"{server.MessagesOf("c2")}/next"));
        using HttpResponseMessage nobody = await http.GetAsync(new Uri($"{server.MessagesOf("nobody")}/next"));

        none.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        foreach (HttpResponseMessage response in new[] { none, other, nobody })
        {
            (await response.ProblemAsync()).Should().Be("not-authorized");
        }
    }

    [Theory]
    [InlineData("c1", null)]
    [InlineData(null, "good c1")]
    [InlineData(null, null)]
    public async Task Job_OfAHostWithCertificatesAndTokens_LooksLikeNone(string? certificate, string? token)
    {
        using var other = new SmallFederation();
        Dictionary<string, string?> settings = _federation.ServerSettings();
        settings["FedHe:Jobs:other:Folder"] = other.FolderOf("server");
        settings["FedHe:Jobs:other:Bearer:Policy"] = "clients";
        await using TestServer server = await TestServer.StartAsync(
            _federation,
            settings,
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_federation.ServerCertificate)),
            services =>
            {
                services.AddKeyedSingleton<ISecretProtector>("other", other.Protector);
                services.AddWordTokens("clients");
            });
        using HttpClient http = certificate is null ? server.Connect(certificate: null) : server.ConnectAs(certificate);
        http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);

        async Task<string> AskAsync(Guid job)
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.Address}/jobs/{job}/parties/c2/messages/next"));
            return await response.ProblemAsync();
        }

        string none = await AskAsync(Guid.NewGuid());

        (await AskAsync(_federation.Job.JobId)).Should().Be(none);
        (await AskAsync(other.Job.JobId)).Should().Be(none);
    }

    [Theory]
    [InlineData("parties/..%2F..%2Fserver/messages/next")]
    [InlineData("parties/%2e%2e/messages/next")]
    [InlineData("parties/c1/messages/..%2F..%2F..%2Fidentity.sealed")]
    [InlineData("parties/c1/messages/%2e%2e%5c%2e%2e%5cidentity.sealed")]
    [InlineData("parties/c1/messages/000000000000000001.message")]
    [InlineData("parties/c1/messages/00000000000000000000000000000000-99999999999999999999999")]
    [InlineData("parties/c1/messages/next?after=..%2F..%2Fround.state")]
    [InlineData("parties/@authority%00/messages/next")]
    public async Task Path_ThatLeadsElsewhere_IsRefused(string path)
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using HttpClient http = server.Connect(_federation.Certificates["c1"], HttpVersion.Version11);

        // The address as it is, without the cleaning that a careful client does.
        using HttpResponseMessage response = await http.GetAsync(new Uri(
            $"{server.Address}/jobs/{_federation.Job.JobId}/{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

        ((int)response.StatusCode).Should().BeInRange(400, 499);
        (await response.Content.ReadAsStringAsync()).Should().NotContain(_federation.Root);
    }

    [NetworkFact]
    public async Task Mailbox_OverTheNetwork_IsOpenToItsParty()
    {
        await using TestServer server = await TestServer.StartAsync(
            _federation, _federation.ServerSettings(), kestrel => kestrel.Listen(NetworkFactAttribute.Address!, 0, listen => listen.UseHttps(_federation.ServerCertificate)));
        using HttpClient north = server.ConnectAs("c1");
        using HttpClient nobody = server.Connect(certificate: null);

        (await north.NextAsync(server.MessagesOf("c1"))).Should().BeNull();
        using HttpResponseMessage refused = await nobody.GetAsync(new Uri($"{server.MessagesOf("c1")}/next"));
        (await refused.ProblemAsync()).Should().Be("no-identity");
    }

    [Fact]
    public async Task Health_NeedsNoCertificate()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using HttpClient http = server.Connect(certificate: null);

        (await http.GetStringAsync(new Uri($"{server.Address}/health/live"))).Should().Be("Healthy");
        (await http.GetStringAsync(new Uri($"{server.Address}/health/ready"))).Should().Be("Healthy");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Mailbox_IsServedOver(string version)
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using FederationClient client = await _federation.CreateClientAsync("c1");
        using HttpClient http = server.Connect(_federation.Certificates["c1"], new Version(version));

        using HttpResponseMessage response = await http.PostAsync(server.MessagesOf("c1"), client.Announce());

        response.StatusCode.Should().Be(HttpStatusCode.Accepted);
        response.Version.Should().Be(new Version(version));
        (await http.NextAsync(server.MessagesOf("c1"))).Should().NotBeNull();
    }
}
