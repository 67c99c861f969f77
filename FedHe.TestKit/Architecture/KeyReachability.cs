using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>
/// Proves that whoever is built from certain parts cannot get at a secret key: from the types of its constructors'
/// parameters, no public member of a FedHe type leads, in any number of steps, to a type that holds or makes one.
/// </summary>
/// <remarks>
/// Followed are properties, fields, events, method results and out parameters, with their generic arguments and element
/// types, on types of FedHe assemblies, interfaces and base types included. Static members are not: they need no part.
/// </remarks>
public static class KeyReachability
{
    /// <summary>Simple names of the FedHe types from which a secret key can be had.</summary>
    public static IReadOnlySet<string> Forbidden { get; } =
        new HashSet<string>
        {
            "SecretKey", "EncryptionKey", "KeyShare", "IDecryptor", "KeyPair", "HeContext", "IHeScheme",
            "AggregateDecryptor", "KeyAuthority", "KeyRequest", "ClientKeys", "ClientIdentity", "FederationClient",
        };

    /// <summary>A path from a constructor's parameter to a forbidden type, for a message, or null when there is none.</summary>
    public static string? FindPath(Type root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var pending = new Queue<(Type Type, string Path)>();
        foreach (ConstructorInfo constructor in root.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
        {
            if (!constructor.IsPrivate)
            {
                foreach (ParameterInfo parameter in constructor.GetParameters())
                {
                    pending.Enqueue((parameter.ParameterType, $"{root.Name}({parameter.Name})"));
                }
            }
        }

        return Search(pending);
    }

    private static string? Search(Queue<(Type Type, string Path)> pending)
    {
        var seen = new HashSet<Type>();
        while (pending.TryDequeue(out (Type Type, string Path) step))
        {
            foreach (Type part in Parts(step.Type).Where(seen.Add))
            {
                string path = $"{step.Path}: {part.Name}";
                if (IsForbidden(part))
                {
                    return path;
                }

                foreach ((Type result, string member) in ResultsOf(part))
                {
                    pending.Enqueue((result, $"{path}.{member}"));
                }
            }
        }

        return null;
    }

    private static bool IsForbidden(Type type)
    {
        for (Type? current = type; current is not null; current = current.BaseType)
        {
            if (IsFedHe(current) && Forbidden.Contains(current.Name))
            {
                return true;
            }
        }

        return type.GetInterfaces().Any(contract => IsFedHe(contract) && Forbidden.Contains(contract.Name));
    }

    private static bool IsFedHe(Type type) => type.Assembly.GetName().Name!.StartsWith("FedHe.", StringComparison.Ordinal);

    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type.IsGenericType ? [type, .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }

    private static IEnumerable<(Type Result, string Member)> ResultsOf(Type type)
    {
        if (!IsFedHe(type) || type.IsGenericParameter)
        {
            return [];
        }

        // GetMethods of a class includes inherited methods; of an interface it does not.
        IEnumerable<Type> owners = type.IsInterface ? [type, .. type.GetInterfaces().Where(IsFedHe)] : [type];
        return owners.SelectMany(owner => MembersOf(owner));
    }

    private static IEnumerable<(Type Result, string Member)> MembersOf(Type type)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance;
        IEnumerable<(Type, string)> methods = type.GetMethods(Public).SelectMany(method =>
            method.GetParameters().Where(parameter => parameter.ParameterType.IsByRef || IsCallback(parameter.ParameterType))
                .Select(parameter => (parameter.ParameterType, $"{method.Name}({parameter.Name})"))
                .Append((method.ReturnType, method.Name)));
        return
        [
            .. methods,
            .. type.GetFields(Public).Select(field => (field.FieldType, field.Name)),
            .. type.GetEvents(Public).Select(raised => (raised.EventHandlerType!, raised.Name)),
        ];
    }

    private static bool IsCallback(Type type) => typeof(Delegate).IsAssignableFrom(type);
}
