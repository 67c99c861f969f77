using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class KeyReachabilityTests
{
    private static readonly SecretTypes Secrets = new(typeof(Authority));

    [Fact]
    public void Server_BuiltFromEvaluatorAndReader_CannotReachASecretKey()
        => KeyReachability.FindPath(typeof(GoodServer), Secrets).Should().BeNull();

    [Theory]
    [InlineData(typeof(ServerWithContext))]
    [InlineData(typeof(ServerWithListOfKeys))]
    [InlineData(typeof(ServerWithIndirection))]
    [InlineData(typeof(ServerWithCallback))]
    [InlineData(typeof(ServerWithAuthority))]
    public void Server_WithAnyWayToASecretKey_IsFoundOut(Type server)
        => KeyReachability.FindPath(server, Secrets).Should().NotBeNull();

    public sealed class GoodServer(IEvaluator evaluator, IVectorReader reader)
    {
        public (IEvaluator, IVectorReader) Parts => (evaluator, reader);
    }

    public sealed class ServerWithContext(HeContext context)
    {
        public HeContext Context => context;
    }

    public sealed class ServerWithListOfKeys(IReadOnlyList<SecretKey[]> keys)
    {
        public int Count => keys.Count;
    }

    public sealed class ServerWithIndirection(Holder holder)
    {
        public string Text => $"{holder}";
    }

    public sealed class ServerWithCallback(Func<Task<IDecryptor>> callback)
    {
        public string Text => $"{callback}";
    }

    public sealed class ServerWithAuthority(Authority authority)
    {
        public string Text => $"{authority}";
    }

    public sealed class Authority;

    public abstract class Holder
    {
        public abstract bool TryTake(out IDecryptor? decryptor);
    }
}
