namespace FedHe.Crypto.Tests.Architecture.Offenders;

// Each of these types uses the type UsedException, in one way only.
internal sealed class UsedAsBase : UsedException;

internal sealed class UsedAsProperty
{
    public UsedException? Property { get; set; }
}

internal sealed class UsedAsGenericArgument
{
    public List<UsedException[]>? Property { get; set; }
}

internal sealed class UsedAsConstraint<T>
    where T : UsedException;

internal sealed class UsedAsParameter
{
    public static void Take(UsedException used)
    {
    }
}

[Used(typeof(UsedException))]
internal sealed class UsedAsAttribute;

internal sealed class UsedInAttributeOfParameter
{
    public static void Take([Used(typeof(UsedException))] int value)
    {
    }
}

internal sealed class UsedInCatch
{
    public static void Run(Action action)
    {
        try
        {
            action();
        }
        catch (UsedException)
        {
            return;
        }
    }
}

internal sealed class UsedInLambda
{
    public static Func<int> Get(int summand) => () => UsedException.Value + summand;
}

internal sealed class UsedInIterator
{
    public static IEnumerable<int> Get()
    {
        yield return UsedException.Value;
    }
}

internal sealed class UsedInAsyncMethod
{
    public static async Task<int> GetAsync()
    {
        await Task.Yield();
        return UsedException.Value;
    }
}

internal sealed class UsedInNestedType
{
    public static class Nested
    {
        public static int Get() => UsedException.Value;
    }
}

internal sealed class OverridesUsed : UsedWithoutMembers
{
    public override void Act()
    {
    }
}

internal class UsedWithoutMembers : UsedException;
