using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class FieldReachabilityTests
{
    private static readonly SecretTypes Secrets = new();

    [Fact]
    public void Server_OfEvaluatorAndReader_HoldsNoSecret()
        => FieldReachability.FindPath(typeof(GoodServer), Secrets).Should().BeNull();

    [Theory]
    [InlineData(typeof(ServerWithKey), "ServerWithKey._key: SecretKey")]
    [InlineData(typeof(ServerWithInheritedKey), "ServerWithInheritedKey._key: SecretKey")]
    [InlineData(typeof(ServerWithHolder), "ServerWithHolder._holder: Holder._keys: SecretKey")]
    [InlineData(typeof(ServerWithInterface), "ServerWithInterface._tool: ITool as: ToolWithDecryptor._decryptor: IDecryptor")]
    [InlineData(typeof(ServerWithGenericHolder), "ServerWithGenericHolder._holder: KeyPair")]
    public void Server_WithASecretInAnyField_IsFoundOut(Type server, string path)
        => FieldReachability.FindPath(server, Secrets).Should().Be(path);

    public sealed class GoodServer(IEvaluator evaluator, IVectorReader reader)
    {
        private readonly (IEvaluator, IVectorReader) _parts = (evaluator, reader);

        public string Text => $"{_parts}";
    }

    public class ServerWithKey(SecretKey key)
    {
        private readonly SecretKey _key = key;

        public int Hash => _key.GetHashCode();
    }

    public sealed class ServerWithInheritedKey(SecretKey key) : ServerWithKey(key);

    public sealed class ServerWithHolder
    {
        private readonly Holder _holder = new();

        public string Text => $"{_holder}";
    }

    public sealed class ServerWithInterface(ITool tool)
    {
        private readonly ITool _tool = tool;

        public string Text => $"{_tool}";
    }

    public sealed class ServerWithGenericHolder
    {
        private readonly Holder<KeyPair> _holder = new();

        public string Text => $"{_holder}";
    }

    public sealed class Holder
    {
        private readonly IReadOnlyList<SecretKey> _keys = [];

        public int Count => _keys.Count;
    }

    public sealed class Holder<T>;

    public interface ITool;

    public sealed class ToolWithDecryptor(IDecryptor decryptor) : ITool
    {
        private readonly IDecryptor _decryptor = decryptor;

        public string Text => $"{_decryptor}";
    }
}
