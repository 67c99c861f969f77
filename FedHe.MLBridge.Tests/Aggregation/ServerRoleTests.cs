using System.Reflection;
using FedHe.Crypto;

namespace FedHe.MLBridge.Tests.Aggregation;

public sealed class ServerRoleTests
{
    private static readonly Type[] Forbidden =
        [typeof(SecretKey), typeof(KeyPair), typeof(EncryptionKey), typeof(IDecryptor), typeof(HeContext)];

    [Theory]
    [InlineData(typeof(UpdateAggregator))]
    [InlineData(typeof(UpdateReader))]
    public void ServerType_FromItsConstructorParameters_ReachesNoKeyAndNoDecryptor(Type serverType)
    {
        var reached = new HashSet<Type>();
        var open = new Queue<Type>(serverType.GetConstructors().SelectMany(c => c.GetParameters()).Select(p => p.ParameterType));
        open.Enqueue(serverType);
        while (open.TryDequeue(out Type? type))
        {
            if (reached.Add(type))
            {
                foreach (Type next in Results(type))
                {
                    open.Enqueue(next);
                }
            }
        }

        reached.Should().Contain(typeof(EncryptedVector), "the walk gets somewhere");
        reached.Should().NotContain(type => Forbidden.Any(forbidden => forbidden.IsAssignableFrom(type)));
    }

    /// <summary>The types that the public instance members of a type of ours hand out.</summary>
    private static IEnumerable<Type> Results(Type type)
    {
        if (type.Namespace?.StartsWith("FedHe", StringComparison.Ordinal) != true)
        {
            return type.GetGenericArguments();
        }

        const BindingFlags Instance = BindingFlags.Public | BindingFlags.Instance | BindingFlags.FlattenHierarchy;
        return new[] { type }.Concat(type.GetInterfaces())
            .SelectMany(t => t.GetMethods(Instance))
            .SelectMany(method => method.GetParameters().Where(p => p.IsOut).Select(p => p.ParameterType.GetElementType()!).Append(method.ReturnType));
    }
}
