using System.Net;
using System.Net.Http.Headers;
using FedHe.Hosting.Tests.Support;
using Microsoft.AspNetCore.Hosting;

namespace FedHe.Hosting.Tests.Server;

/// <summary>Callers that show tokens of the host's own authentication.</summary>
public sealed class BearerTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Theory]
    [InlineData(null, "c1", HttpStatusCode.Unauthorized)]
    [InlineData("forged", "c1", HttpStatusCode.Forbidden)]
    [InlineData("good c1", "c1", HttpStatusCode.NoContent)]
    [InlineData("good c1 c2", "c1", HttpStatusCode.Forbidden)]
    [InlineData("good c2", "c1", HttpStatusCode.Forbidden)]
    [InlineData("good keys", SmallFederation.Authority, HttpStatusCode.NoContent)]
    [InlineData("good @authority", SmallFederation.Authority, HttpStatusCode.Forbidden)]
    [InlineData("good c1", SmallFederation.Authority, HttpStatusCode.Forbidden)]
    public async Task Mailbox_IsOpenToItsPartyAlone(string? token, string party, HttpStatusCode expected)
    {
        await using TestServer server = await StartAsync();
        using HttpClient http = server.Connect(certificate: null);
        http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);

        using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.MessagesOf(party)}/next"));

        response.StatusCode.Should().Be(expected);
    }

    private Task<TestServer> StartAsync()
    {
        Dictionary<string, string?> settings = _federation.ServerSettings(hasPins: false);
        settings["FedHe:Jobs:small:Bearer:Policy"] = "clients";
        settings["FedHe:Jobs:small:Bearer:Claim"] = "client";
        settings["FedHe:Jobs:small:Bearer:Authority"] = "keys";
        return TestServer.StartAsync(
            _federation,
            settings,
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_federation.ServerCertificate)),
            services => services.AddWordTokens("clients"));
    }
}
