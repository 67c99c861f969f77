using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.MLBridge;

namespace FedHe.Orchestration.Tests;

public sealed class ArchitectureTests
{
    private static readonly Type[] Forbidden =
    [
        typeof(SecretKey), typeof(KeyPair), typeof(IDecryptor), typeof(HeContext), typeof(IHeScheme), typeof(KeyAuthority),
        typeof(ClientKeys), typeof(ClientIdentity), typeof(KeyRequest), typeof(UpdateDecryptor), typeof(ECDsa), typeof(ECDiffieHellman),
    ];

    [Fact]
    public void Server_ConstructorParameters_LeadToNoSecret()
    {
        IEnumerable<Type> roots = typeof(FederationServer).GetConstructors().SelectMany(constructor => constructor.GetParameters())
            .Concat(typeof(FederationServer).GetMethod(nameof(FederationServer.Restore))!.GetParameters())
            .Select(parameter => parameter.ParameterType);

        Dictionary<Type, string> reachable = Reachable([.. roots, typeof(FederationServer)]);

        foreach (Type type in reachable.Keys)
        {
            Forbidden.Should().NotContain(forbidden => forbidden.IsAssignableFrom(type), "it is reached through {0}", reachable[type]);
        }

        reachable.Should().ContainKey(typeof(IAdditiveEvaluator)).And.ContainKey(typeof(IEncryptedAccumulator));
    }

    [Fact]
    public void Reachability_OfAKeyAuthority_FindsWhatItLooksFor()
    {
        Reachable([typeof(ClientKeys)]).Should().ContainKey(typeof(IDecryptor), "or the test above proves nothing");
    }

    [Fact]
    public void Server_FieldsAtRuntime_HoldNoSecret()
    {
        typeof(FederationServer).GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            .Should().NotContain(field => Forbidden.Any(forbidden => forbidden.IsAssignableFrom(field.FieldType)));
    }

    [Fact]
    public async Task Server_OnTheInsecureScheme_RefusesUnlessTheOptionsSayIt()
    {
        using TestBench bench = await TestBench.CreateAsync();
        Action act = () => _ = new FederationServer(bench.ServerSetup with { Options = new FederationServerOptions() });

        act.Should().Throw<InsecureFederationException>().WithMessage("*AllowInsecurePlain*");
    }

    [Fact]
    public async Task Server_WithAMaskThatEncryptsNothing_RefusesUnlessTheOptionsSayIt()
    {
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Scheme = "ckks", Mask = EncryptionMask.InsecureNone(TestModel.Layout) });
        Action act = () => _ = new FederationServer(bench.ServerSetup with { Options = new FederationServerOptions() });

        act.Should().Throw<InsecureFederationException>();
    }

    [Fact]
    public async Task Server_OfOtherParametersOrStrategy_IsNotCreated()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using HeContext ckks = Schemes.Create("ckks");
        Action parameters = () => _ = new FederationServer(bench.ServerSetup with { Context = PublicContext.Of(ckks) });
        Action strategy = () => _ = new FederationServer(bench.ServerSetup with { Strategy = new FedProxStrategy() });

        parameters.Should().Throw<HeMismatchException>();
        strategy.Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Assembly_References_OnlyTheLayersBelow()
    {
        typeof(FederationServer).Assembly.GetReferencedAssemblies().Select(name => name.Name)
            .Where(name => name!.StartsWith("FedHe", StringComparison.Ordinal))
            .Should().BeEquivalentTo("FedHe.Crypto", "FedHe.MLBridge");
    }

    [Fact]
    public void Assembly_UsesNoAmbientClockRandomnessOrThread()
    {
        using var file = new PEReader(File.OpenRead(typeof(FederationServer).Assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        IEnumerable<string> members = metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member =>
            {
                TypeReference type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
                return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}.{metadata.GetString(member.Name)}";
            });

        // Compiled iterators compare the current thread's number; no source line of ours names Environment.
        members.Where(member => member != "System.Environment.get_CurrentManagedThreadId").Should()
            .NotContain(member => member.StartsWith("System.Random.", StringComparison.Ordinal))
            .And.NotContain(member => member.StartsWith("System.Console.", StringComparison.Ordinal))
            .And.NotContain(member => member.StartsWith("System.Environment.", StringComparison.Ordinal))
            .And.NotContain(member => member.StartsWith("System.Threading.Thread.", StringComparison.Ordinal))
            .And.NotContain(member => member.StartsWith("System.Threading.Timer.", StringComparison.Ordinal))
            .And.NotContain("System.DateTime.get_Now")
            .And.NotContain("System.DateTime.get_UtcNow")
            .And.NotContain("System.DateTimeOffset.get_UtcNow")
            .And.NotContain("System.DateTimeOffset.get_Now");
    }

    /// <summary>Every type of ours that public instance members lead to, with the path.</summary>
    private static Dictionary<Type, string> Reachable(IEnumerable<Type> roots)
    {
        var paths = new Dictionary<Type, string>();
        var queue = new Queue<(Type Type, string Path)>(roots.Select(type => (type, type.Name)));
        while (queue.TryDequeue(out (Type Type, string Path) next))
        {
            foreach (Type type in Unwrap(next.Type))
            {
                if (!IsOfInterest(type) || !paths.TryAdd(type, next.Path))
                {
                    continue;
                }

                foreach (MemberInfo member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance))
                {
                    foreach (Type result in ResultsOf(member))
                    {
                        queue.Enqueue((result, $"{next.Path}.{member.Name}"));
                    }
                }

                foreach (Type derived in DerivedFrom(type))
                {
                    queue.Enqueue((derived, $"{next.Path} as {derived.Name}"));
                }
            }
        }

        return paths;
    }

    private static IEnumerable<Type> ResultsOf(MemberInfo member) => member switch
    {
        PropertyInfo property => [property.PropertyType],
        FieldInfo field => [field.FieldType],
        MethodInfo method => method.GetParameters()
            .Where(parameter => parameter.IsOut)
            .Select(parameter => parameter.ParameterType)
            .Append(method.ReturnType),
        _ => [],
    };

    private static IEnumerable<Type> Unwrap(Type type)
    {
        if (type.HasElementType)
        {
            return Unwrap(type.GetElementType()!);
        }

        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Unwrap).Append(type) : [type];
    }

    private static bool IsOfInterest(Type type)
        => type.Namespace?.StartsWith("FedHe", StringComparison.Ordinal) == true
            || type.Namespace == "System.Security.Cryptography";

    /// <summary>Public implementations of an interface: what an instance may turn out to be.</summary>
    private static IEnumerable<Type> DerivedFrom(Type type) => type.IsInterface || type.IsAbstract
        ? type.Assembly.GetExportedTypes().Where(candidate => candidate != type && type.IsAssignableFrom(candidate))
        : [];
}
