using FedHe.Hosting.Clients;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Parties;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>What a host registers for its parties.</summary>
public sealed class RegistrationTests
{
    [Fact]
    public void Second_OfWhatAClientHasOneOf_IsRefused()
    {
        FedHeClientBuilder client = new ServiceCollection().AddFedHeClient(new ConfigurationBuilder().Build().GetSection("FedHe"));
        client.AddTrainer<SteadyTrainer>().StartFrom(_ => SmallModel.Initial).UseBearerToken(_ => new("a"));

        client.Invoking(one => one.AddTrainer<SteadyTrainer>()).Should().Throw<InvalidOperationException>();
        client.Invoking(one => one.StartFrom(_ => SmallModel.Initial)).Should().Throw<InvalidOperationException>();
        client.Invoking(one => one.UseBearerToken(_ => new("b"))).Should().Throw<InvalidOperationException>();
    }

    [Theory]
    [InlineData("http://localhost:5000/fedhe/v1", false)]
    [InlineData("https://server.example/fedhe/v1", true)]
    public void Proxy_OfTheMachine_IsForOtherMachinesAlone(string server, bool expected)
    {
        using SocketsHttpHandler handler = ServerConnection.CreateHandler(new FedHePartyOptions { Server = new Uri(server) }, TimeProvider.System);

        handler.UseProxy.Should().Be(expected);
    }
}
