using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Keys;

namespace FedHe.Hosting.Tests.Support;

/// <summary>An authenticator that does what a test says.</summary>
internal sealed class Judge(Func<ClientId, bool> mayHaveKeys) : IClientAuthenticator
{
    public Task<bool> AuthenticateAsync(ClientId client, ReadOnlyMemory<byte> credential, CancellationToken cancellationToken) => Task.FromResult(mayHaveKeys(client));
}
