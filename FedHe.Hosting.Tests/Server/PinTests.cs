using System.Net;
using System.Security.Cryptography.X509Certificates;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Tests.Support;
using Microsoft.AspNetCore.Hosting;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Pins change while the server runs.</summary>
public sealed class PinTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Pin_OfARenewedKey_NeedsNoRestart()
    {
        Dictionary<string, string?> settings = _federation.ServerSettings();
        await using TestServer server = await TestServer.StartAsync(_federation);
        using X509Certificate2 renewed = TestCertificate.Create("c1");
        using HttpClient before = server.Connect(renewed);
        await before.Invoking(http => StatusOf(http, server, "c1")).Should().ThrowAsync<HttpRequestException>();

        settings["FedHe:Jobs:small:ClientKeys:c1:1"] = CertificatePin.Of(renewed).ToString();
        server.Change(settings);

        using HttpClient after = server.Connect(renewed);
        (await StatusOf(after, server, "c1")).Should().Be(HttpStatusCode.NoContent);
        using HttpClient old = server.ConnectAs("c1");
        (await StatusOf(old, server, "c1")).Should().Be(HttpStatusCode.NoContent, "both pins are there for a while");
        server.Log.Entries.Should().Contain(entry => entry.Event == 413);
    }

    [Fact]
    public async Task Pin_ThatIsRemoved_RefusesTheNextRequest()
    {
        Dictionary<string, string?> settings = _federation.ServerSettings();
        await using TestServer server = await TestServer.StartAsync(_federation);
        using HttpClient http = server.ConnectAs("c1");
        (await StatusOf(http, server, "c1")).Should().Be(HttpStatusCode.NoContent);

        settings.Remove("FedHe:Jobs:small:ClientKeys:c1:0");
        server.Change(settings);

        (await StatusOf(http, server, "c1")).Should().Be(HttpStatusCode.Forbidden, "the connection is the same, and the pin is gone");
        server.Log.Entries.Should().Contain(entry => entry.Event == 414);
    }

    [Theory]
    [InlineData("FedHe:Jobs:small:ClientKeys:c3:0", "PIN OF C2")]
    [InlineData("FedHe:Jobs:small:ClientKeys:c3:0", "no pin")]
    [InlineData("FedHe:Jobs:small:ClientKey:c3:0", "secret-word")]
    [InlineData("FedHe:LongPoll", "secret-word")]
    [InlineData("FedHe:UnreachableAfter", "00:00:01")]
    public async Task Configuration_ThatCannotWork_ChangesNothing(string key, string value)
    {
        Dictionary<string, string?> settings = _federation.ServerSettings();
        await using TestServer server = await TestServer.StartAsync(_federation);
        settings.Remove("FedHe:Jobs:small:ClientKeys:c1:0");
        settings[key] = value == "PIN OF C2" ? _federation.PinOf("c2") : value;
        server.Change(settings);

        using HttpClient http = server.ConnectAs("c1");
        (await StatusOf(http, server, "c1")).Should().Be(HttpStatusCode.NoContent);
        server.Log.Entries.Should().ContainSingle(entry => entry.Event == 412).Which.Text.Should().NotContain("secret-word");
        server.Log.Entries.Should().NotContain(entry => entry.Event == 413);

        // A better one is taken.
        settings = _federation.ServerSettings();
        settings.Remove("FedHe:Jobs:small:ClientKeys:c1:0");
        server.Change(settings);
        (await StatusOf(http, server, "c1")).Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Configuration_WithoutPins_LetsNobodyIn()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        server.Change(_federation.ServerSettings(hasPins: false));

        using HttpClient nobody = server.Connect(certificate: null);
        (await StatusOf(nobody, server, "c1")).Should().Be(HttpStatusCode.Unauthorized);
        using HttpClient http = server.ConnectAs("c1");
        (await StatusOf(http, server, "c1")).Should().Be(HttpStatusCode.NoContent);
        server.Log.Entries.Should().Contain(entry => entry.Event == 412);
    }

    [Fact]
    public async Task Client_WithAPinAndOnNoRoster_IsRefused()
    {
        _federation.Introduce("stranger");
        Dictionary<string, string?> settings = _federation.ServerSettings();
        settings["FedHe:Jobs:small:ClientKeys:stranger:0"] = _federation.PinOf("stranger");
        await using TestServer server = await TestServer.StartAsync(_federation, settings, kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_federation.ServerCertificate)));
        using HttpClient http = server.ConnectAs("stranger");

        (await StatusOf(http, server, "stranger")).Should().Be(HttpStatusCode.Forbidden);
        (await StatusOf(http, server, "c1")).Should().Be(HttpStatusCode.Forbidden);
        (await http.GetAsync(new Uri($"{server.PartyOf("stranger")}/certificates/2"))).StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    private static async Task<HttpStatusCode> StatusOf(HttpClient http, TestServer server, string party)
    {
        using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.MessagesOf(party)}/next"));
        return response.StatusCode;
    }
}
