using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>Key reachability proves that a type cannot get at a secret key through the parameters of its constructors.</summary>
/// <remarks>
/// From the types of the parameters, no public member of a FedHe type leads, in any number of steps, to a type that holds or
/// makes a secret key. Followed are properties, fields, events, method results and out parameters, with their generic arguments
/// and element types, on types of FedHe assemblies, interfaces and base types included. Static members are not: they need no
/// part.
/// </remarks>
public static class KeyReachability
{
    /// <summary>
    /// Finds a path from a constructor's parameter to a secret type, as text for a message, or returns null when no path exists.
    /// </summary>
    public static string? FindPath(Type root, SecretTypes secrets)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(secrets);
        IEnumerable<(Type, string)> parameters = root
            .GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(constructor => !constructor.IsPrivate)
            .SelectMany(constructor => constructor.GetParameters())
            .Select(parameter => (parameter.ParameterType, $"{root.Name}({parameter.Name})"));
        return TypeSearch.FindPath(parameters, secrets.Contains, ResultsOf);
    }

    private static IEnumerable<(Type Result, string Step)> ResultsOf(Type type)
    {
        if (type.IsGenericParameter || !FedHeAssemblies.Contains(type.Assembly))
        {
            return [];
        }

        // GetMethods of a class includes inherited methods; of an interface it does not.
        IEnumerable<Type> owners = type.IsInterface
            ? [type, .. type.GetInterfaces().Where(contract => FedHeAssemblies.Contains(contract.Assembly))]
            : [type];
        return owners.SelectMany(MembersOf);
    }

    private static IEnumerable<(Type Result, string Step)> MembersOf(Type type)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance;
        IEnumerable<(Type, string)> methods = type.GetMethods(Public).SelectMany(method =>
            method.GetParameters().Where(parameter => parameter.ParameterType.IsByRef || IsCallback(parameter.ParameterType))
                .Select(parameter => (parameter.ParameterType, $".{method.Name}({parameter.Name})"))
                .Append((method.ReturnType, $".{method.Name}")));
        return
        [
            .. methods,
            .. type.GetFields(Public).Select(field => (field.FieldType, $".{field.Name}")),
            .. type.GetEvents(Public).Select(raised => (raised.EventHandlerType!, $".{raised.Name}")),
        ];
    }

    private static bool IsCallback(Type type) => typeof(Delegate).IsAssignableFrom(type);
}
