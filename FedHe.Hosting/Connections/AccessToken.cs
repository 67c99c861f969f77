namespace FedHe.Hosting.Connections;

/// <summary>The source of the bearer tokens that a party shows.</summary>
/// <param name="Get">The method that returns a token that is valid now.</param>
internal sealed record AccessToken(Func<CancellationToken, ValueTask<string>> Get);
