using FedHe.Orchestration.Committee;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>
/// A model of a committee whose server is hostile and in league with all corrupt members: it asks each honest member for votes and answers, shows it
/// lists and sums, and keeps whatever it gets. Members follow the rules of <see cref="CommitteeMember"/>, and have the sum of round 1.
/// </summary>
/// <param name="honest">The number of honest members.</param>
/// <param name="needed">The number of honest members that a decision needs, beside all corrupt ones.</param>
/// <param name="lists">The lists that the server may offer, as indexes of <see cref="Lists"/>.</param>
/// <param name="statements">What members may vote for, as indexes of <see cref="Statements"/>.</param>
internal sealed class EpochOrderModel(int honest, int needed, int[] lists, int[] statements)
{
    /// <summary>The round of each list, and the list whose sum it begins from; the sum of round 1 is list 0.</summary>
    private static readonly (int Round, int Base)[] Lists = [(1, -1), (2, 0), (2, 0), (3, 0), (3, 1), (3, 2)];

    /// <summary>The first round of each epoch that a member may vote for, and the list of its last sum; the first two are of two plans.</summary>
    private static readonly (int First, int Base)[] Statements = [(2, 0), (2, 0), (3, 1), (3, 2), (4, 3)];

    /// <summary>Whether a member that answered for a later list votes for no epoch. Out, it is an attack.</summary>
    public bool AnswersBindVoters { get; init; } = true;

    /// <summary>Whether a member that voted answers for no list before a later sum. Out, it is an attack.</summary>
    public bool VotesBindAnswerers { get; init; } = true;

    /// <summary>The number of states that were reached.</summary>
    public int Reached { get; private set; }

    /// <summary>Reaches every state, in every order of messages, and returns whether one has two decisions that contradict each other.</summary>
    public bool HasContradiction()
    {
        var seen = new HashSet<UInt128>();
        var open = new Stack<Member[]>();
        open.Push(new Member[honest]);
        while (open.TryPop(out Member[]? members))
        {
            int[] opened = [.. lists.Where(list => members.Count(member => Member.Has(member.Answers, list)) >= needed)];
            int[] certified = [.. statements.Where(statement => members.Count(member => Member.Has(member.Votes, statement)) >= needed)];
            if (Contradict(opened, certified))
            {
                return true;
            }

            for (int i = 0; i < honest; i++)
            {
                foreach (Member next in NextOf(members[i], opened))
                {
                    // Which member is which does not matter.
                    Member[] state = [.. members];
                    state[i] = next;
                    Array.Sort(state, (left, right) => left.Code.CompareTo(right.Code));
                    if (seen.Add(state.Aggregate(UInt128.Zero, (code, member) => (code << 20) | (UInt128)(uint)member.Code)))
                    {
                        open.Push(state);
                    }
                }
            }
        }

        Reached = seen.Count;
        return false;
    }

    /// <summary>Returns whether there are two certificates, two opened lists of a round, or a certificate and a list of the epoch that it ends.</summary>
    private static bool Contradict(int[] opened, int[] certified)
        => certified.Length > 1
            || opened.Select(list => Lists[list].Round).Distinct().Count() < opened.Length
            || certified.Any(statement => opened.Any(list => Lists[list].Round >= Statements[statement].First));

    private IEnumerable<Member> NextOf(Member member, int[] opened)
    {
        int votedFirst = statements.Where(statement => Member.Has(member.Votes, statement)).Select(statement => Statements[statement].First).DefaultIfEmpty().Max();
        var given = new GivenVote(votedFirst > 0 ? 2 : 0, votedFirst, Epoch: default, Message: default);
        int answeredRound = lists.Where(list => Member.Has(member.Answers, list)).Select(list => Lists[list].Round).DefaultIfEmpty().Max();
        foreach (int statement in statements)
        {
            (int first, int last) = Statements[statement];
            bool isBound = answeredRound >= first || (answeredRound == first - 1 && !Member.Has(member.Answers, last));
            if (first > votedFirst && member.Chain == last && member.Model == last && !(AnswersBindVoters && isBound))
            {
                yield return member with { Votes = member.Votes | (1 << statement) };
            }
        }

        bool hasVoted = VotesBindAnswerers && given.Ends(epoch: 1, Lists[member.Model].Round);
        foreach (int list in lists)
        {
            bool isNext = Lists[list].Base == member.Chain;
            if (isNext && !hasVoted && Lists[list].Round > answeredRound)
            {
                yield return member with { Answers = member.Answers | (1 << list) };
            }

            if (isNext)
            {
                // A history shows lists without their sums, which frees nobody.
                yield return member with { Chain = list };
            }

            if (opened.Contains(list) && list != member.Model && (list == member.Chain || Follows(list, member.Chain)))
            {
                yield return member with { Chain = list, Model = list };
            }
        }
    }

    private static bool Follows(int list, int other)
    {
        for (; list > 0; list = Lists[list].Base)
        {
            if (Lists[list].Base == other)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What an honest member has done and knows: sets of votes and answers as bits, the last list of its chain, and its last sum.</summary>
    private readonly record struct Member(int Votes, int Answers, int Chain, int Model)
    {
        public int Code => (((((Votes << 6) | Answers) << 3) | Chain) << 3) | Model;

        public static bool Has(int set, int index) => (set & (1 << index)) != 0;
    }
}
