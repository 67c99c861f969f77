using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>
/// Reads from a compiled assembly who uses what: base types, signatures, locals, and every type, method and field that a
/// method body names. Rules over the result are ordinary tests.
/// </summary>
public static class ArchitectureRules
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Names of the FedHe assemblies that an assembly references.</summary>
    public static IReadOnlyList<string> FedHeReferencesOf(Assembly assembly)
        => [.. assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("FedHe.", StringComparison.Ordinal))];

    /// <summary>Every distinct use of a type by the code and the signatures of an assembly.</summary>
    public static IReadOnlyList<CodeReference> ReferencesOf(Assembly assembly)
    {
        var references = new HashSet<CodeReference>();
        foreach (Type type in assembly.GetTypes())
        {
            Type source = Outermost(type);

            // What the compiler itself emits outside of any type of ours: hashes of literals, inline arrays.
            if (!source.Name.StartsWith('<'))
            {
                references.UnionWith(UsesOf(type).Select(use => new CodeReference(source, use.Target, use.Member)));
            }
        }

        return [.. references.Where(reference => Outermost(reference.Target) != reference.Source)];
    }

    /// <summary>Whether a reference is unsafe code or goes around the type system.</summary>
    public static bool IsUnsafe(CodeReference reference)
        => reference.Target.IsPointer
            || reference.Target.IsFunctionPointer
            || reference.Target.FullName is "System.Runtime.InteropServices.MemoryMarshal" or "System.Runtime.CompilerServices.Unsafe"
            || (reference.Target.Namespace ?? string.Empty).StartsWith("System.Runtime.Intrinsics", StringComparison.Ordinal);

    /// <summary>Whether a reference makes a result depend on the machine, the clock or an unseeded generator.</summary>
    public static bool IsAmbient(CodeReference reference) => reference.Target.FullName switch
    {
        "System.Random" or "System.Console" => true,

        // Iterators ask for their thread; nothing else may.
        "System.Environment" => reference.Member != "get_CurrentManagedThreadId",
        "System.DateTime" or "System.DateTimeOffset" => reference.Member is "get_Now" or "get_UtcNow" or "get_Today",
        _ => false,
    };

    private static Type Outermost(Type type)
    {
        Type element = type.HasElementType ? type.GetElementType()! : type;
        while (element.DeclaringType is not null && !element.IsGenericParameter)
        {
            element = element.DeclaringType;
        }

        return element.IsGenericType ? element.GetGenericTypeDefinition() : element;
    }

    private static IEnumerable<(Type Target, string? Member)> UsesOf(Type type)
    {
        IEnumerable<Type> shape =
        [
            .. type.BaseType is null ? [] : (Type[])[type.BaseType],
            .. type.GetInterfaces(),
            .. type.GetFields(Declared).Select(field => field.FieldType),
            .. type.GetCustomAttributesData().Select(attribute => attribute.AttributeType),
        ];
        IEnumerable<MethodBase> methods = [.. type.GetMethods(Declared), .. type.GetConstructors(Declared)];
        return shape.SelectMany(Parts).Select(part => (part, (string?)null)).Concat(methods.SelectMany(method => UsesOf(method)));
    }

    private static IEnumerable<(Type Target, string? Member)> UsesOf(MethodBase method)
    {
        IEnumerable<Type> signature =
        [
            .. method.GetParameters().Select(parameter => parameter.ParameterType),
            .. method is MethodInfo { ReturnType: var returned } ? (Type[])[returned] : [],
            .. method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? [],
        ];
        IEnumerable<(Type, string?)> uses = signature.SelectMany(Parts).Select(part => (part, (string?)null));
        return method.GetMethodBody()?.GetILAsByteArray() is { } body
            ? uses.Concat(InstructionReader.TokensOf(body).SelectMany(token => UsesOf(method, token)))
            : uses;
    }

    private static IEnumerable<(Type Target, string? Member)> UsesOf(MethodBase method, int token)
    {
        Type[] typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : [];
        Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        MemberInfo? member = method.Module.ResolveMember(token, typeArguments, methodArguments);
        IEnumerable<Type> arguments = member is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : [];
        IEnumerable<(Type, string?)> uses = arguments.SelectMany(Parts).Select(part => (part, (string?)null));
        return member switch
        {
            Type target => uses.Concat(Parts(target).Select(part => (part, (string?)null))),
            { DeclaringType: { } owner } => uses.Concat(Parts(owner).Select(part => (part, (string?)member.Name))),
            _ => uses,
        };
    }

    /// <summary>A type and everything it is made of: element types, generic arguments.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return type.IsPointer ? [type, .. Parts(type.GetElementType()!)] : Parts(type.GetElementType()!);
        }

        if (type.IsGenericType)
        {
            return [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)];
        }

        return type.IsGenericParameter ? [] : [type];
    }
}
